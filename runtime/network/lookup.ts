// Looks names up for one pod: its hosts file first, then the name servers of its resolv.conf, which are the cluster's DNS
// unless its dnsPolicy says otherwise.
import { Resolver } from "node:dns/promises";
import { hostPort, parseIp } from "#api/meta/ip.ts";
import type { RootFile } from "#runtime/pod-files.ts";
import { candidates, parseHosts, parseResolver, type ResolverConfig } from "./names.ts";
import { reach, type PodNetworkView } from "./reach.ts";

const TIMEOUT_MS = 2000;
const TRIES = 2;
const DNS_PORT = 53;

/** Why there is no address, in node's words: ENOTFOUND, or another code when the name servers did not say. */
export class LookupError extends Error {
  override readonly name = "LookupError";
  readonly code: string;
  constructor(code: string, name: string) {
    super(`lookup ${name}: ${code === "ENOTFOUND" ? "no such host" : code}`);
    this.code = code;
  }
}

// The server knows no such name, or none of this family.
const NOTHING: ReadonlySet<string | undefined> = new Set(["ENOTFOUND", "ENODATA"]);

const codeOf = (error: unknown): string => (error as { readonly code?: string }).code ?? "ESERVFAIL";

const textOf = (files: readonly RootFile[], path: string): string => files.find((file) => file.path === path)?.text ?? "";

/** The names of one pod. */
export class Names {
  readonly #hosts: ReadonlyMap<string, readonly string[]>;
  readonly #config: ResolverConfig;
  readonly #network: PodNetworkView;
  #resolver: Resolver | undefined;

  /** `files` are those of the pod's /etc. */
  constructor(files: readonly RootFile[], network: PodNetworkView) {
    this.#hosts = parseHosts(textOf(files, "etc/hosts"));
    this.#config = parseResolver(textOf(files, "etc/resolv.conf"));
    this.#network = network;
  }

  /** The addresses of a name, or of what is an address already. Rejects: LookupError. */
  async addresses(name: string): Promise<readonly string[]> {
    const literal = name.replace(/^\[(.*)\]$/, "$1");
    if (parseIp(literal) !== undefined) return [literal];
    const known = this.#hosts.get(name.toLowerCase());
    if (known !== undefined) return known;
    if (this.#config.nameservers.length === 0) throw new LookupError("ENOTFOUND", name);
    return this.#ask(name);
  }

  async #ask(name: string): Promise<readonly string[]> {
    let failure: string | undefined;
    for (const candidate of candidates(name, this.#config)) {
      // oxlint-disable-next-line no-await-in-loop -- the next is asked only when this one is not there
      const [four, six] = await Promise.all([this.#of(candidate, 4), this.#of(candidate, 6)]);
      const found = [...four.addresses, ...six.addresses];
      if (found.length > 0) return found;
      failure ??= four.failure ?? six.failure;
    }
    throw new LookupError(failure ?? "ENOTFOUND", name);
  }

  async #of(name: string, family: 4 | 6): Promise<{ readonly addresses: readonly string[]; readonly failure?: string }> {
    try {
      const resolver = this.#open();
      return { addresses: family === 4 ? await resolver.resolve4(name) : await resolver.resolve6(name) };
    } catch (error) {
      const code = codeOf(error);
      return NOTHING.has(code) ? { addresses: [] } : { addresses: [], failure: code };
    }
  }

  #open(): Resolver {
    if (this.#resolver !== undefined) return this.#resolver;
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    const network = { ...this.#network, isHost: true }; // a node's own resolvers are often on its loopback
    const servers = this.#config.nameservers.map((server) => reach({ address: server, port: DNS_PORT }, network));
    resolver.setServers(servers.map(({ address, port }) => hostPort({ host: address, port })));
    this.#resolver = resolver;
    return resolver;
  }
}
