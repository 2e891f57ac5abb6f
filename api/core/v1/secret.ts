import type { V1Secret } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, eachKey, immutable, needed, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, required, tooLong } from "#api/meta/field-error.ts";
import { selectable } from "#api/meta/fields.ts";
import { configMapKey } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { base64Bytes, fromBase64, toBase64 } from "./base64.ts";
import { checkSealed, MAX_DATA_BYTES } from "./sealed.ts";

export type Secret = V1Secret;

const ACCOUNT = "kubernetes.io/service-account.name";
const REDACTED = "<secret contents redacted>";

/** Texts become data. upstream: Convert_v1_Secret_To_core_Secret */
const setDefaults = (draft: Draft<Secret>): void => {
  draft.type ||= "Opaque";
  const texts = Object.entries(draft.stringData ?? {});
  delete draft.stringData;
  if (texts.length === 0) return;
  draft.data = { ...draft.data, ...Object.fromEntries(texts.map(([key, text]) => [key, toBase64(text)])) };
};

type Data = { readonly [key: string]: string };

const isJsonObject = (base64: string): boolean => {
  try {
    const value: unknown = JSON.parse(fromBase64(base64));
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const needsKeys =
  (...keys: readonly string[]) =>
  (data: Data): Check =>
    keys.flatMap((key) => (data[key] === undefined ? [required(`data[${key}]`)] : []));

const needsJson =
  (key: string) =>
  (data: Data): Check => {
    const text = data[key];
    if (text === undefined) return [required(`data[${key}]`)];
    return isJsonObject(text) ? [] : [invalidValue(`data[${key}]`, REDACTED, "must be a JSON object")];
  };

/** What each type of secret must hold. */
const TYPES: { readonly [type: string]: (data: Data, secret: Secret) => Check } = {
  "kubernetes.io/service-account-token": (_, { metadata }) => needed(`metadata.annotations[${ACCOUNT}]`, metadata?.annotations?.[ACCOUNT]),
  "kubernetes.io/dockercfg": needsJson(".dockercfg"),
  "kubernetes.io/dockerconfigjson": needsJson(".dockerconfigjson"),
  "kubernetes.io/basic-auth": (data) =>
    data["username"] === undefined && data["password"] === undefined ? needsKeys("username", "password")(data) : [],
  "kubernetes.io/ssh-auth": (data) => needed("data[ssh-privatekey]", data["ssh-privatekey"]),
  "kubernetes.io/tls": needsKeys("tls.crt", "tls.key"),
};

function* check(secret: Secret, old: Secret | undefined): Check {
  if (old !== undefined) {
    yield* immutable("type", secret.type, old.type);
    yield* checkSealed(secret, old, ["data"]);
  }
  const { data = {}, type = "" } = secret;
  for (const [key, , at] of eachKey("data", data)) yield* broken(at, key, configMapKey(key));
  const bytes = Object.values(data).reduce((sum, text) => sum + base64Bytes(text), 0);
  if (bytes > MAX_DATA_BYTES) yield tooLong("data", MAX_DATA_BYTES);
  if (Object.hasOwn(TYPES, type)) yield* TYPES[type]?.(data, secret) ?? [];
}

/** Secrets: sensitive data for pods to consume. */
export const secrets: Kind<Secret> = {
  group: "",
  version: "v1",
  resource: "secrets",
  kind: "Secret",
  namespaced: true,
  singular: "secret",
  listKind: "SecretList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1Secret",
  bucket: "objects",
  status: false,
  subresources: {},
  fields: selectable({ type: "" }),
  columns: [
    nameColumn,
    column("Type", "string", docOf("V1Secret", "type"), ({ type }) => type ?? ""),
    column("Data", "string", docOf("V1Secret", "data"), ({ data = {} }) => Object.keys(data).length),
    ageColumn,
  ],
  setDefaults,
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: false },
};
