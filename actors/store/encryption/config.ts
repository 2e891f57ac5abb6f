// Which objects lie encrypted in the store, and with which keys. Pure.
// upstream: apiserver/pkg/apis/apiserver/v1 EncryptionConfiguration, apiserver/pkg/server/options/encryptionconfig
//
// The first provider of a resource encrypts; all of them decrypt. Of providers there are aesgcm and identity.
import { parse, stringify } from "yaml";

export type Key = { readonly name: string; readonly secret: Uint8Array };
/** A provider: keys, the first of which encrypts; without keys it is `identity`. */
export type Provider = { readonly keys: readonly Key[] };
/** The providers for resources named as upstream names them: `secrets`, `deployments.apps`, `*.apps`, `*.*`. */
type Rule = { readonly resources: readonly string[]; readonly providers: readonly Provider[] };
export type EncryptionConfig = { readonly rules: readonly Rule[] };

const API_VERSION = "apiserver.config.k8s.io/v1";
const KIND = "EncryptionConfiguration";
const KEY_BYTES = [16, 24, 32];

type GivenProvider = { readonly aesgcm?: { readonly keys?: readonly GivenKey[] }; readonly identity?: object };
type GivenKey = { readonly name?: string; readonly secret?: string };
type GivenRule = { readonly resources?: readonly string[]; readonly providers?: readonly GivenProvider[] };
type Given = { readonly apiVersion?: string; readonly kind?: string; readonly resources?: readonly GivenRule[] } | null;

/** The configuration of a file. Throws: an Error that says what is wrong with it. */
export const parseEncryption = (text: string): EncryptionConfig => {
  const given = parse(text) as Given;
  if (given?.apiVersion !== API_VERSION || given.kind !== KIND) {
    throw new Error(`an encryption configuration is an object of apiVersion "${API_VERSION}" and kind "${KIND}"`);
  }
  return { rules: some(given.resources, "resources").map((rule, at) => ruleOf(rule, `resources[${at}]`)) };
};

const some = <T>(list: readonly T[] | undefined, path: string): readonly T[] => {
  if (!Array.isArray(list) || list.length === 0) throw new Error(`${path}: Required value`);
  return list;
};

const ruleOf = ({ resources, providers }: GivenRule, path: string): Rule => ({
  resources: some(resources, `${path}.resources`),
  providers: some(providers, `${path}.providers`).map((provider, at) => providerOf(provider, `${path}.providers[${at}]`)),
});

const providerOf = (given: GivenProvider, path: string): Provider => {
  const [name = "", ...more] = Object.keys(given);
  if (more.length > 0)
    throw new Error(
      `${path}: Invalid value: more than one provider specified in a single element, should split into different list elements`,
    );
  if (name === "identity") return { keys: [] };
  if (name !== "aesgcm") throw new Error(`${path}: Unsupported value: ${JSON.stringify(name)}: supported values: "aesgcm", "identity"`);
  const keys = some(given.aesgcm?.keys, `${path}.aesgcm.keys`).map((key, at) => keyOf(key, `${path}.aesgcm.keys[${at}]`));
  if (new Set(keys.map((key) => key.name)).size < keys.length)
    throw new Error(`${path}.aesgcm.keys: Duplicate value: key names must differ`);
  return { keys };
};

const keyOf = ({ name = "", secret = "" }: GivenKey, path: string): Key => {
  if (name === "" || name.includes(":"))
    throw new Error(`${path}.name: Invalid value: ${JSON.stringify(name)}: a name without colons is needed`);
  const bytes = bytesOf(secret, path);
  if (!KEY_BYTES.includes(bytes.length)) {
    throw new Error(
      `${path}.secret: Invalid value: REDACTED: secret is not of the expected length, got ${bytes.length}, expected one of [16 24 32]`,
    );
  }
  return { name, secret: bytes };
};

const bytesOf = (base64: string, path: string): Uint8Array => {
  try {
    return Uint8Array.fromBase64(base64);
  } catch {
    throw new Error(`${path}.secret: Invalid value: REDACTED: secret must be base64 encoded`);
  }
};

/** The providers for a resource; the first rule that names it counts. */
export const providersFor = ({ rules }: EncryptionConfig, group: string, resource: string): readonly Provider[] | undefined => {
  const names = [group === "" ? resource : `${resource}.${group}`, `*.${group}`, "*.*"];
  return rules.find(({ resources }) => resources.some((one) => names.includes(one)))?.providers;
};

/** The file that encrypts Secrets with this key, and still reads what is not encrypted. */
export const secretsConfig = (key: Key): string =>
  stringify({
    apiVersion: API_VERSION,
    kind: KIND,
    resources: [{ resources: ["secrets"], providers: [{ aesgcm: { keys: [written(key)] } }, { identity: {} }] }],
  });

const written = ({ name, secret }: Key): GivenKey => ({ name, secret: secret.toBase64() });

/** The file with `key` before the keys of each rule, whose providers have some. Throws: when it is no configuration. */
export const withKey = (text: string, key: Key): string => {
  parseEncryption(text);
  const given = parse(text) as NonNullable<Given>;
  const providers = (list: readonly GivenProvider[]): readonly GivenProvider[] => {
    const first = list.find(({ aesgcm }) => aesgcm !== undefined);
    const keys = [written(key), ...(first?.aesgcm?.keys ?? [])];
    return [{ aesgcm: { keys } }, ...list.filter((one) => one !== first)];
  };
  const resources = (given.resources ?? []).map((rule) => ({ ...rule, providers: providers(rule.providers ?? []) }));
  return stringify({ ...given, resources });
};
