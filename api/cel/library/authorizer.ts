// `authorizer.group("apps").resource("deployments").check("create").allowed()`. upstream: k8s.io/apiserver/pkg/cel/library/authz.go
import type { Meter } from "../meter.ts";
import { method, type Overload } from "../overload.ts";
import { BOOL, opaque, STRING } from "../types.ts";
import { Opaque, type Value } from "../values.ts";

/** What an expression asks about; "" for what it does not name. */
export type Question = {
  readonly verb: string;
  /** undefined: the question is about a resource. */
  readonly path?: string | undefined;
  readonly group?: string | undefined;
  readonly resource?: string | undefined;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** undefined: who makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string } | undefined;
};

/** Answers. `error`: the question could not be answered. */
export type Ask = (question: Question) => { readonly allowed: boolean; readonly reason: string; readonly error?: string | undefined };

type Kind = "Authorizer" | "PathCheck" | "GroupCheck" | "ResourceCheck" | "Decision";

const typeOf = (kind: Kind): string => `kubernetes.authorization.${kind}`;

/** A question under construction; a decision has its answer. */
class Check extends Opaque {
  readonly type: string;
  readonly ask: Ask;
  readonly question: Question;
  constructor(kind: Kind, ask: Ask, question: Question) {
    super();
    this.type = typeOf(kind);
    this.ask = ask;
    this.question = question;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }
}

const AUTHORIZER = opaque(typeOf("Authorizer"));
const PATH = opaque(typeOf("PathCheck"));
const GROUP = opaque(typeOf("GroupCheck"));
const RESOURCE = opaque(typeOf("ResourceCheck"));
const DECISION = opaque(typeOf("Decision"));

/** The type of the variable `authorizer`, and of `authorizer.requestResource`. */
export { AUTHORIZER, RESOURCE as RESOURCE_CHECK };

/** The value of the variable `authorizer`. */
export const authorizerValue = (ask: Ask): Value => new Check("Authorizer", ask, { verb: "" });

/** The value of `authorizer.requestResource`. */
export const resourceValue = (ask: Ask, question: Omit<Question, "verb">): Value =>
  new Check("ResourceCheck", ask, { ...question, verb: "" });

type Ways = { readonly from: typeof AUTHORIZER; readonly to: Kind; readonly texts?: number };

const step = (name: string, { from, to, texts = 1 }: Ways, more: (...texts: string[]) => Partial<Question>): Overload =>
  method(name, [from, ...Array.from({ length: texts }, () => STRING)], opaque(typeOf(to)), ([check, ...given]) => {
    const { ask, question } = check as Check;
    return new Check(to, ask, { ...question, ...more(...(given as string[])) });
  });

/** upstream: the cost of an authorization check, 350_000 */
const CHECK_COST = 350_000;

const decide = (check: Check, verb: string, meter: Meter): Check => {
  meter.spend(CHECK_COST);
  const answer = check.ask({ ...check.question, verb });
  return new Check("Decision", () => answer, check.question);
};

const answerOf = (value: Value | undefined): ReturnType<Ask> => (value as Check).ask((value as Check).question);

/** Functions on what may be done. */
export const authorization: readonly Overload[] = [
  step("path", { from: AUTHORIZER, to: "PathCheck" }, (path = "") => ({ path })),
  step("group", { from: AUTHORIZER, to: "GroupCheck" }, (group = "") => ({ group })),
  step("serviceAccount", { from: AUTHORIZER, to: "Authorizer", texts: 2 }, (namespace = "", name = "") => ({
    serviceAccount: { namespace, name },
  })),
  step("resource", { from: GROUP, to: "ResourceCheck" }, (resource = "") => ({ resource })),
  step("subresource", { from: RESOURCE, to: "ResourceCheck" }, (subresource = "") => ({ subresource })),
  step("namespace", { from: RESOURCE, to: "ResourceCheck" }, (namespace = "") => ({ namespace })),
  step("name", { from: RESOURCE, to: "ResourceCheck" }, (name = "") => ({ name })),
  step("fieldSelector", { from: RESOURCE, to: "ResourceCheck" }, (fieldSelector = "") => ({ fieldSelector })),
  step("labelSelector", { from: RESOURCE, to: "ResourceCheck" }, (labelSelector = "") => ({ labelSelector })),
  method("check", [PATH, STRING], DECISION, ([check, verb], meter) => decide(check as Check, verb as string, meter)),
  method("check", [RESOURCE, STRING], DECISION, ([check, verb], meter) => decide(check as Check, verb as string, meter)),
  method("allowed", [DECISION], BOOL, ([decision]) => answerOf(decision).allowed),
  method("reason", [DECISION], STRING, ([decision]) => answerOf(decision).reason),
  method("errored", [DECISION], BOOL, ([decision]) => answerOf(decision).error !== undefined),
  method("error", [DECISION], STRING, ([decision]) => answerOf(decision).error ?? ""),
];
