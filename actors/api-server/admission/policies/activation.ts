// The values of the variables of a policy's expressions, for one request. Each is made when it is first asked for.
// upstream: apiserver/pkg/admission/plugin/cel/{filter,composition}.go
import { fromJson } from "#api/cel/json.ts";
import { authorizerValue, resourceValue, type Ask } from "#api/cel/library/authorizer.ts";
import { RUNTIME_BUDGET } from "#api/cel/meter.ts";
import { CompileError, evaluate, type Outcome } from "#api/cel/program.ts";
import { CostExceeded, EvalError, type CelMap, type Value } from "#api/cel/values.ts";
import { namespaces } from "#api/core/v1/namespace.ts";
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { User } from "#lib/api.ts";
import { namespaceOf } from "../webhooks/match.ts";
import { reviewOf } from "../webhooks/review.ts";
import type { Attributes, Surroundings } from "../plugin.ts";
import type { Compiled, ReadyPolicy } from "./compiled.ts";

/** A request as a policy sees it: `object` and `old` are in the version of `kind`. */
export type Asked = {
  readonly attributes: Attributes;
  readonly around: Surroundings;
  readonly kind: Kind;
  readonly object: KubeObject | undefined;
  readonly old: KubeObject | undefined;
};

/** Runs the expressions of one policy about one request, with one budget for all of them. */
export class Evaluation {
  readonly #asked: Asked;
  readonly #policy: ReadyPolicy;
  readonly #known = new Map<string, Value>();
  readonly #params: KubeObject | null;
  #left = RUNTIME_BUDGET;

  constructor(policy: ReadyPolicy, asked: Asked, params: KubeObject | null) {
    this.#policy = policy;
    this.#asked = asked;
    this.#params = params;
  }

  /** The object that the request is about, as the policy sees it. */
  get object(): KubeObject | undefined {
    return this.#asked.object;
  }

  /** The same about what has become of the object. */
  about(object: KubeObject): Evaluation {
    return new Evaluation(this.#policy, { ...this.#asked, object }, this.#params);
  }

  /** The value of an expression, or why it has none. */
  run(program: Compiled): Outcome {
    if (program instanceof CompileError) return { error: new EvalError(program.message), cost: 0 };
    const outcome = evaluate(program, this.valueOf, this.#left);
    this.#left = Math.max(0, this.#left - outcome.cost);
    return outcome;
  }

  /** The value of a variable. */
  readonly valueOf = (name: string): Value | undefined => {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const value = this.#make(name);
    if (value !== undefined) this.#known.set(name, value);
    return value;
  };

  #make(name: string): Value | undefined {
    const { object, old, attributes, around } = this.#asked;
    switch (name) {
      case "object":
        return fromJson(object);
      case "oldObject":
        return fromJson(old);
      case "request":
        return fromJson(requestOf(this.#asked));
      case "params":
        return fromJson(this.#params);
      case "namespaceObject":
        return fromJson(around.find(namespaces, "", namespaceOf(attributes)));
      case "variables":
        return new Variables(this.#policy, this);
      case "authorizer":
        return authorizerValue(asking(this.#asked));
      case "authorizer.requestResource":
        return requestResource(this.#asked);
      default:
        return undefined;
    }
  }
}

/** A policy's variables: each is computed once, when it is first used. */
class Variables implements CelMap {
  readonly isMap = true;
  readonly #policy: ReadyPolicy;
  readonly #evaluation: Evaluation;
  readonly #known = new Map<string, Outcome>();

  constructor(policy: ReadyPolicy, evaluation: Evaluation) {
    this.#policy = policy;
    this.#evaluation = evaluation;
  }

  get size(): number {
    return this.#policy.variables.size;
  }

  keys(): Iterable<Value> {
    return this.#policy.variables.keys();
  }

  get(key: Value): Value | undefined {
    const name = key as string;
    const program = this.#policy.variables.get(name);
    if (program === undefined) return undefined;
    const outcome = this.#known.get(name) ?? this.#evaluation.run(program);
    this.#known.set(name, outcome);
    if (!("error" in outcome)) return outcome.value;
    if (outcome.error instanceof CostExceeded) throw outcome.error;
    throw new EvalError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${outcome.error.message}`);
  }
}

const requestOf = ({ attributes, around, kind, object, old }: Asked): unknown =>
  reviewOf({ uid: "", attributes, options: around.options, kind, object, old, versions: [] })["request"];

const requestResource = (asked: Asked): Value => {
  const { group, resource } = asked.kind;
  const { attributes } = asked;
  const { subresource, namespace, name } = attributes;
  return resourceValue(asking(asked), { group, resource, subresource, namespace, name });
};

/** upstream: apiserver/pkg/authentication/serviceaccount MakeUsername */
const accountUser = ({ namespace, name }: { readonly namespace: string; readonly name: string }): User => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
});

const asking =
  ({ attributes, around }: Asked): Ask =>
  ({ serviceAccount, path, verb, group = "", resource = "", ...more }) => {
    const user = serviceAccount === undefined ? attributes.user : accountUser(serviceAccount);
    const { subresource, namespace, name, fieldSelector } = more;
    const asked =
      path === undefined ? { verb, group, version: "*", resource, subresource, namespace, name, fieldSelector } : { verb, path };
    try {
      const { decision, reason } = around.decide(user, asked);
      return { allowed: decision === "allow", reason };
    } catch (error) {
      return { allowed: false, reason: "", error: error instanceof Error ? error.message : String(error) };
    }
  };
