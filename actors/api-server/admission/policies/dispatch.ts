// Which policies are asked about a request, by which bindings and with which parameters.
// upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go, policy/matching/matching.go
import { meetsConditions } from "#api/cel/admission.ts";
import type { Kind } from "#api/kind.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { Phase } from "../operation.ts";
import { kindSelected, ruledAs } from "../webhooks/match.ts";
import { isRuledBy } from "../webhooks/rules.ts";
import type { Attributes, Surroundings } from "../plugin.ts";
import { Evaluation, type Asked } from "./activation.ts";
import {
  bindingsOf,
  readyPolicy,
  type AnyBinding,
  type AnyPolicy,
  type Constraints,
  type ReadyBinding,
  type ReadyPolicy,
} from "./compiled.ts";
import { Misconfigured, paramsOf } from "./params.ts";

type Ready = { readonly evaluation: Evaluation; readonly fault?: undefined; readonly isMisconfigured?: undefined };

/** `isMisconfigured`: by its binding; else its match conditions fail. */
type Faulty = { readonly evaluation?: undefined; readonly fault: string; readonly isMisconfigured: boolean };

/** A policy that is to be asked. `evaluation` undefined: it cannot be, because of `fault`. */
export type Turn<P extends AnyPolicy> = {
  readonly policy: ReadyPolicy;
  readonly source: P;
  readonly binding: ReadyBinding;
  readonly kind: Kind;
} & (Ready | Faulty);

/** Whose policies there are, what binds them, and when they are asked. */
export type Registered<P extends AnyPolicy> = {
  readonly policies: Iterable<P>;
  readonly bindings: Iterable<AnyBinding>;
  readonly type: Phase;
};

/** The kind in whose version constraints select the request; undefined: they do not. Throws: NotFound of its namespace. */
const selectedBy = ({ selecting, excluded }: Constraints, attributes: Attributes, around: Surroundings): Kind | undefined => {
  const kinds = [attributes.kind, ...(selecting.matchPolicy === "Exact" ? [] : around.versionsOf(attributes.kind))];
  if (excluded.some((rule) => kinds.some((kind) => isRuledBy(rule, ruledAs(attributes, kind))))) return undefined;
  return kindSelected(selecting, attributes, around);
};

const converted = async (attributes: Attributes, around: Surroundings, kind: Kind): Promise<Asked> => {
  const seen = async (object: KubeObject | undefined): Promise<KubeObject | undefined> =>
    object === undefined || kind === attributes.kind ? object : around.convert(object, attributes.kind, kind);
  return { attributes, around, kind, object: await seen(attributes.object), old: await seen(attributes.old) };
};

/** Every policy that is asked about the request: in the order of names, once for each binding and parameter. */
export async function* turns<P extends AnyPolicy>(
  registered: Registered<P>,
  attributes: Attributes,
  around: Surroundings,
): AsyncGenerator<Turn<P>> {
  const bindings = [...registered.bindings];
  const all = Array.from(registered.policies, (source) => ({ source, policy: readyPolicy(source) }));
  for (const { source, policy } of all.toSorted((a, b) => (a.policy.name < b.policy.name ? -1 : 1))) {
    const own = bindingsOf(policy, bindings);
    const kind = own.length === 0 ? undefined : selectedBy(policy.constraints, attributes, around);
    if (kind === undefined) continue;
    for (const binding of own) {
      if (selectedBy(binding.constraints, attributes, around) === undefined) continue;
      // What was written by the turn before is what the next one sees.
      for (const turn of turnsOf({ policy, binding, type: registered.type }, await converted(attributes, around, kind)))
        yield { source, policy, binding, kind, ...turn };
    }
  }
}

type Bound = { readonly policy: ReadyPolicy; readonly binding: ReadyBinding; readonly type: Phase };

const turnsOf = ({ policy, binding, type }: Bound, asked: Asked): readonly (Ready | Faulty)[] => {
  let params;
  try {
    params = paramsOf(policy, binding, asked.attributes, asked.around);
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    return [{ fault: `failed to configure binding: ${error.message}`, isMisconfigured: true }];
  }
  const conditioned = { name: policy.name, kind: "policy", type, operation: asked.attributes.operation } as const;
  const { expressions } = asked.around.metrics;
  return params.flatMap((one): readonly (Ready | Faulty)[] => {
    const evaluation = new Evaluation(policy, asked, one);
    const isMet = meetsConditions(policy.conditions, evaluation.valueOf);
    if (isMet === true) return [{ evaluation }];
    if (isMet === false) {
      expressions.excluded(conditioned);
      return [];
    }
    expressions.failed(conditioned);
    return [{ fault: isMet.error, isMisconfigured: false }];
  });
};
