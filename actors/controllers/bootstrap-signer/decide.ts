// Which signatures the ConfigMap `cluster-info` should have: one for every bootstrap token that may sign, so that a new node
// that knows only such a token can tell the cluster's address and CA from another's. Pure but for the signing itself.
// upstream: pkg/controller/bootstrap/{bootstrapsigner,util}.go
import { fromBase64 } from "#api/core/v1/base64.ts";
import type { ConfigMap } from "#api/core/v1/config-map.ts";
import type { Secret } from "#api/core/v1/secret.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Requeue } from "#lib/controller.ts";

const KUBECONFIG = "kubeconfig";
const SIGNATURE = "jws-kubeconfig-";
const TOKEN_PREFIX = "bootstrap-token-";

/** A bootstrap token that signs, until its time is over. */
export type Token = { readonly id: string; readonly secret: string; readonly endsAt: number | undefined };

const textOf = ({ data }: Secret, key: string): string => {
  try {
    return fromBase64(data?.[key] ?? "");
  } catch {
    return "";
  }
};

/** The token that a Secret holds, unless it may not sign. */
export const tokenOf = (secret: Stored<Secret>): Token | undefined => {
  const [id, value, expiration] = [textOf(secret, "token-id"), textOf(secret, "token-secret"), textOf(secret, "expiration")];
  const isNamed = id !== "" && secret.metadata.name === TOKEN_PREFIX + id;
  if (!isNamed || value === "" || textOf(secret, "usage-bootstrap-signing") !== "true") return undefined;
  return { id, secret: value, endsAt: expiration === "" ? undefined : Date.parse(expiration) };
};

/** An instant that cannot be read has passed. */
const isAlive = ({ endsAt }: Token, nowMs: number): boolean => endsAt === undefined || endsAt > nowMs;

/** The tokens that sign now. */
export const alive = (tokens: readonly Token[], nowMs: number): readonly Token[] => tokens.filter((token) => isAlive(token, nowMs));

/** What is signed; undefined: there is nothing. */
export const signedText = ({ data }: ConfigMap): string | undefined => data?.[KUBECONFIG];

/** A ConfigMap, and the signatures of its tokens by their ids. */
export type Observed = {
  readonly info: Stored<ConfigMap>;
  readonly signatures: ReadonlyMap<string, string>;
  /** When the first of the tokens that signed ends. */
  readonly endsAt: number | undefined;
};

export type Action = { readonly do: "update"; readonly info: Stored<ConfigMap> };

/** Signatures of no token go, as those of another text do. */
export const decide = ({ info, signatures, endsAt }: Observed, nowMs: number): readonly (Action | Requeue)[] => {
  const others = Object.entries(info.data ?? {}).filter(([key]) => !key.startsWith(SIGNATURE));
  const data = Object.fromEntries([...others, ...[...signatures].map(([id, signature]) => [SIGNATURE + id, signature] as const)]);
  const requeue: readonly Requeue[] = endsAt === undefined ? [] : [{ do: "requeue", afterMs: Math.max(0, endsAt - nowMs) }];
  return deepEqual(data, info.data ?? {}) ? requeue : [{ do: "update", info: { ...info, data } }, ...requeue];
};
