// Who pulls: the credentials in a pod's imagePullSecrets. Pure. upstream: pkg/credentialprovider/config.go
import type { Secret } from "#api/core/v1/secret.ts";
import type { RegistryAuth } from "#runtime/port.ts";

type Entry = { readonly username?: string; readonly password?: string; readonly auth?: string };
type Entries = { readonly [registry: string]: Entry };

const decode = (base64: string): string => new TextDecoder().decode(Uint8Array.fromBase64(base64));

/** `https://index.docker.io/v1/` → `index.docker.io`. */
const hostOf = (registry: string): string => registry.replace(/^https?:\/\//, "").replace(/\/.*$/, "");

const credentials = ({ username, password, auth }: Entry): RegistryAuth[string] => {
  if (username !== undefined && password !== undefined) return { username, password };
  const text = decode(auth ?? "");
  const cut = text.indexOf(":");
  return { username: text.slice(0, Math.max(cut, 0)), password: text.slice(cut + 1) };
};

const entriesOf = ({ type, data = {} }: Secret): Entries => {
  const [key, read] =
    type === "kubernetes.io/dockercfg"
      ? ([".dockercfg", (json: unknown) => json as Entries] as const)
      : ([".dockerconfigjson", (json: unknown) => (json as { readonly auths?: Entries }).auths ?? {}] as const);
  const text = data[key];
  return text === undefined ? {} : read(JSON.parse(decode(text)));
};

/** The credentials of all the secrets; the first that names a registry counts. A secret that cannot be read gives none. */
export const registryAuth = (secrets: readonly Secret[]): RegistryAuth => {
  const auth: { [host: string]: RegistryAuth[string] } = {};
  for (const secret of secrets) {
    try {
      for (const [registry, entry] of Object.entries(entriesOf(secret))) auth[hostOf(registry)] ??= credentials(entry);
    } catch {
      continue; // what is malformed helps nobody: the pull itself then says what it lacks
    }
  }
  return auth;
};
