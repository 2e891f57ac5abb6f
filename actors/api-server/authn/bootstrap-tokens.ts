// Bootstrap tokens: Secrets of kube-system that let a new node ask for its certificate.
// upstream: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go
import { hash, timingSafeEqual } from "node:crypto";
import { fromBase64 } from "#api/core/v1/base64.ts";
import { secrets, type Secret } from "#api/core/v1/secret.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Clock } from "#lib/clock.ts";
import type { ObjectSource } from "../objects.ts";
import type { TokenReader } from "./authenticator.ts";

const TOKEN = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const TYPE = "bootstrap.kubernetes.io/token";
const GROUP = "system:bootstrappers";
const EXTRA_GROUP = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;

/** Reads bootstrap tokens. */
export const bootstrapTokens = (objects: ObjectSource, clock: Clock): TokenReader => ({
  read: async (token) => {
    const [, id = "", shown = ""] = TOKEN.exec(token) ?? [];
    if (id === "") return undefined;
    const secret = objects.get(secrets, { namespace: "kube-system", name: `bootstrap-token-${id}` });
    if (secret === undefined || !isGood(secret, { id, shown, nowMs: clock.now() })) return undefined;
    const groups = extraGroups(textOf(secret, "auth-extra-groups"));
    return groups === undefined ? undefined : { name: `system:bootstrap:${id}`, groups: [GROUP, ...groups] };
  },
});

type Shown = { readonly id: string; readonly shown: string; readonly nowMs: number };

const isGood = (secret: Stored<Secret>, { id, shown, nowMs }: Shown): boolean =>
  secret.type === TYPE &&
  secret.metadata.deletionTimestamp === undefined &&
  isSame(textOf(secret, "token-secret"), shown) &&
  textOf(secret, "token-id") === id &&
  !isExpired(textOf(secret, "expiration"), nowMs) &&
  textOf(secret, "usage-bootstrap-authentication") === "true";

const textOf = ({ data }: Secret, key: string): string => {
  try {
    return fromBase64(data?.[key] ?? "");
  } catch {
    return "";
  }
};

/** The time taken tells nothing. */
const isSame = (a: string, b: string): boolean => a !== "" && timingSafeEqual(hash("sha256", a, "buffer"), hash("sha256", b, "buffer"));

/** An instant that cannot be read has passed. */
const isExpired = (expiration: string, nowMs: number): boolean => expiration !== "" && !(Date.parse(expiration) > nowMs);

/** Undefined: one of them may not be given by a token. */
const extraGroups = (list: string): readonly string[] | undefined => {
  const groups = [...new Set(list === "" ? [] : list.split(","))].toSorted();
  return groups.every((group) => EXTRA_GROUP.test(group)) ? groups : undefined;
};
