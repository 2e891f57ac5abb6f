// A client of the OCI distribution API: manifests and blobs, with basic and token authentication. Registries on loopback
// speak plain HTTP, as docker and containerd take it.
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md
import { ImageError, type RegistryAuth } from "#runtime/port.ts";
import { ACCEPT } from "./manifest.ts";
import type { Reference } from "./reference.ts";

const HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);

const originOf = (registry: string): string => `${isLoopback(registry) ? "http" : "https"}://${HOSTS[registry] ?? registry}`;

type Credentials = RegistryAuth[string] | undefined;

const basic = ({ username, password }: NonNullable<Credentials>): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;

/** What a `WWW-Authenticate: Bearer …` header asks for. */
const challengeOf = (header: string | null): URL | undefined => {
  if (header === null || !/^bearer /i.test(header)) return undefined;
  const fields = Object.fromEntries([...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]));
  if (fields["realm"] === undefined) return undefined;
  const url = new URL(fields["realm"]);
  for (const key of ["service", "scope"]) if (fields[key] !== undefined) url.searchParams.set(key, fields[key]);
  return url;
};

/** One registry's repository, for one pull or push. */
export class Repository {
  readonly #base: string;
  readonly #name: string;
  readonly #credentials: Credentials;
  #authorization: string | undefined;

  constructor({ registry, repository }: Reference, auth: RegistryAuth) {
    this.#base = `${originOf(registry)}/v2/${repository}`;
    this.#name = `${registry}/${repository}`;
    this.#credentials = auth[registry];
    this.#authorization = undefined;
  }

  /** The bytes of a manifest by tag or digest. Throws: ImageError. */
  async manifest(tagOrDigest: string, signal: AbortSignal): Promise<Uint8Array> {
    const response = await this.#fetch(`${this.#base}/manifests/${tagOrDigest}`, { headers: { accept: ACCEPT }, signal });
    await this.#check(response, `${this.#name}:${tagOrDigest}`);
    return response.bytes();
  }

  /** A blob's content as it comes. Throws: ImageError. */
  async blob(digest: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#fetch(`${this.#base}/blobs/${digest}`, { signal });
    await this.#check(response, `${this.#name}@${digest}`);
    if (response.body === null) throw new ImageError("ErrImagePull", `${this.#name}@${digest}: the registry sent no content`);
    return response.body;
  }

  /** Uploads a blob unless the registry has it. Throws: ImageError. */
  async pushBlob(digest: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const there = await this.#fetch(`${this.#base}/blobs/${digest}`, { method: "HEAD", signal });
    if (there.ok) return;
    const start = await this.#fetch(`${this.#base}/blobs/uploads/`, { method: "POST", signal });
    await this.#check(start, this.#name);
    const location = new URL(start.headers.get("location") ?? "", `${this.#base}/blobs/uploads/`);
    location.searchParams.set("digest", digest);
    const done = await this.#fetch(location.href, {
      method: "PUT",
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { "content-type": "application/octet-stream" },
      signal,
    });
    await this.#check(done, `${this.#name}@${digest}`);
  }

  async pushManifest(
    tag: string,
    bytes: Uint8Array,
    { mediaType, signal }: { readonly mediaType: string; readonly signal: AbortSignal },
  ): Promise<void> {
    const response = await this.#fetch(`${this.#base}/manifests/${tag}`, {
      method: "PUT",
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { "content-type": mediaType },
      signal,
    });
    await this.#check(response, `${this.#name}:${tag}`);
  }

  async #fetch(url: string, init: RequestInit): Promise<Response> {
    const response = await this.#send(url, init);
    if (response.status !== 401) return response;
    const authorization = await this.#authorize(response.headers.get("www-authenticate"), init.signal ?? undefined);
    if (authorization === undefined) return response;
    await response.body?.cancel();
    this.#authorization = authorization;
    return this.#send(url, init);
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
    };
    try {
      return await fetch(url, { ...init, headers });
    } catch (cause) {
      if (init.signal?.aborted === true) throw cause;
      const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      throw new ImageError("RegistryUnavailable", `failed to do request: ${init.method ?? "Get"} "${url}": ${why}`, { cause });
    }
  }

  async #authorize(challenge: string | null, signal: AbortSignal | undefined): Promise<string | undefined> {
    const url = challengeOf(challenge);
    if (url === undefined)
      return this.#credentials === undefined || this.#authorization !== undefined ? undefined : basic(this.#credentials);
    const response = await this.#send(url.href, {
      headers: this.#credentials === undefined ? {} : { authorization: basic(this.#credentials) },
      ...(signal === undefined ? {} : { signal }),
    });
    if (!response.ok) return undefined;
    const { token, access_token } = (await response.json()) as { readonly token?: string; readonly access_token?: string };
    return `Bearer ${token ?? access_token ?? ""}`;
  }

  async #check(response: Response, what: string): Promise<void> {
    if (response.ok) return;
    await response.body?.cancel();
    const why =
      response.status === 404
        ? "not found"
        : response.status === 401 || response.status === 403
          ? "pull access denied, repository does not exist or may require authorization"
          : `unexpected status from the registry: ${response.status}`;
    throw new ImageError("ErrImagePull", `failed to resolve reference "${what}": ${what}: ${why}`);
  }
}
