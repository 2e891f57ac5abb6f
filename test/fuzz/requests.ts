// Requests as they might come: most are near to what a client sends, each is bent somewhere.
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import { bodyOf } from "./bodies.ts";
import type { Dice } from "./dice.ts";
import { headersOf, typeOf } from "./headers.ts";
import { NAMES } from "./objects.ts";
import { PATCHES, patchOf } from "./patches.ts";
import { queryOf } from "./queries.ts";
import { subjectOf, type Subject } from "./subjects.ts";

/** A request as HTTP carries it. */
export type RawRequest = {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array | undefined;
};

const METHODS = ["GET", "GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS"];
const PATHS = [
  "/",
  "/api",
  "/apis",
  "/apis/apps",
  "/apis/stable.example.com",
  "/apis/__proto__/v1",
  "/api/v1",
  "/api/v1/watch/namespaces/default/pods",
  "/openapi/v2",
  "/openapi/v3",
  "/openapi/v3/api/v1",
  "/openapi/v3/apis/stable.example.com/v1?hash=x",
  "/version",
  "/metrics",
  "/healthz/x",
  "/readyz?verbose&exclude=x",
  "/.well-known/openid-configuration",
  "/api/v1/namespaces/default/services/https:a:80/proxy/x",
  "/api/v1/namespaces/default/services/a:b:c:d/proxy/",
  "/api/v1/namespaces/default/pods/http:a:99999/proxy/../x",
  "/api/v1/namespaces/default/pods/:/proxy",
  "/api/v1/nodes/https:a:/proxy/stats",
  "/api/v1/namespaces/default/pods/a/exec?command=a&stdout=1",
  "/api/v1/namespaces/default/pods/a/portforward?ports=80",
];
const ESCAPES = ["%", "%00", "%2F", "%ff", "%E0%A4%A", "//", "/./", "/../", "?", "#", "%20"];

const bent = (dice: Dice, path: string): string => {
  if (!dice.oneIn(12)) return path;
  const at = dice.below(path.length + 1);
  return path.slice(0, at) + dice.pick(ESCAPES) + path.slice(at);
};

/** Most are names that other requests use too. */
const nameIn = (dice: Dice, usual: readonly string[]): string => encodeURIComponent(dice.oneIn(6) ? dice.pick(NAMES) : dice.pick(usual));

const USUAL_NAMES = NAMES.slice(0, 4);

const pathOf = (dice: Dice, subject: Subject, method: string): string => {
  const isNamed = (method === "POST" || method === "GET") === dice.oneIn(method === "GET" ? 2 : 8);
  const below = isNamed && dice.oneIn(4) ? `/${dice.pick([...subject.subresources, "x", "proxy/a"])}` : "";
  const inside = subject.namespaced === dice.oneIn(15) ? "" : `/namespaces/${nameIn(dice, ["default"])}`;
  return `${groupVersionPath(subject)}${inside}/${subject.resource}${isNamed ? `/${nameIn(dice, USUAL_NAMES)}` : ""}${below}`;
};

const contentOf = (dice: Dice, subject: Subject, type: string): unknown => {
  const isPatch = type === PATCHES[0] || (PATCHES.some((patch) => patch === type) && dice.oneIn(3));
  return isPatch ? patchOf(dice, type) : subject.make(dice);
};

const sendsBody = (dice: Dice, method: string): boolean =>
  !["GET", "HEAD", "OPTIONS"].includes(method) && (method !== "DELETE" || dice.oneIn(2));

/** The next request. */
export const requestOf = (dice: Dice): RawRequest => {
  const [subject, method] = [subjectOf(dice), dice.pick(METHODS)];
  const type = sendsBody(dice, method) ? typeOf(dice, method) : undefined;
  const path = bent(dice, dice.oneIn(30) ? dice.pick(PATHS) : pathOf(dice, subject, method));
  return {
    method,
    url: path.includes("?") ? path : path + queryOf(dice, method, type),
    headers: headersOf(dice, type),
    body: type === undefined ? undefined : bodyOf(dice, contentOf(dice, subject, type), type),
  };
};
