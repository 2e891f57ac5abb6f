// MutatingAdmissionWebhook: webhooks complete the object, one after the other.
// upstream: apiserver/pkg/admission/plugin/webhook/mutating/dispatcher.go
//
// Each sees what those before it made. One that wants it (reinvocationPolicy IfNeeded) is asked once more when the object has
// changed after it. What a webhook returns is decoded as if a client had sent it: unknown fields go, defaults are filled in.
import { mutatingWebhookConfigurations } from "#api/admissionregistration/v1/mutating-webhook-configuration.ts";
import { readManagers } from "#api/apply/managers.ts";
import { deepEqual } from "#api/meta/equal.ts";
import type { JsonObject } from "#api/meta/json.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { jsonPatch } from "#api/meta/patch.ts";
import { failure, internal } from "#api/meta/status.ts";
import type { Attributes, Plugin, Surroundings, Verdict } from "../plugin.ts";
import { ask, FailedCall, seen } from "./ask.ts";
import { meetsHookConditions } from "./conditions.ts";
import { hooksOf, type Hook } from "./hook.ts";
import { invocationOf, type Invocation } from "./match.ts";
import { failOpen, observed } from "./observed.ts";
import { isExempt } from "./rules.ts";

const NAME = "MutatingAdmissionWebhook";

const admit = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  if (isExempt(attributes.kind)) return undefined;
  const hooks = hooksOf(around.list(mutatingWebhookConfigurations));
  return hooks.length === 0 ? undefined : askAll(hooks, attributes, around);
};

const askAll = async (hooks: readonly Hook[], attributes: Attributes, around: Surroundings): Promise<undefined> => {
  const { reinvocation } = around;
  const round = reinvocation.of(NAME);
  if (reinvocation.isSecond) round.begin(attributes.object);
  for (const [index, hook] of hooks.entries()) {
    const invocation = await invocationOf(hook, attributes, around);
    if (invocation === undefined || (reinvocation.isSecond && !round.isWanted(hook.id))) continue;
    if (!(await meetsHookConditions(invocation, around, "admit"))) continue;
    const hasChanged = await askOne(invocation, around, `round_${reinvocation.round}_index_${index}`);
    if (hasChanged) round.changed();
    if (hasChanged) reinvocation.want();
    if (hook.webhook.reinvocationPolicy === "IfNeeded") round.asked(hook.id);
  }
  round.end(attributes.object);
};

/** True: the object was changed. `at` is where the audit log says that it was asked. Throws: ApiError. */
const askOne = async (invocation: Invocation, around: Surroundings, at: string): Promise<boolean> => {
  const { configuration, webhook } = invocation.hook;
  let change: Change = UNCHANGED;
  try {
    change = await observed("admit", invocation, around, () => changeBy(invocation, around));
  } catch (error) {
    if (!(error instanceof FailedCall)) throw error;
    if (webhook.failurePolicy !== "Ignore") throw internal(error);
    if (around.signal.aborted) throw failure("Timeout", "Timeout: request did not complete within requested timeout");
    failOpen("admit", invocation, around, at);
  } finally {
    const { mutated, patch } = change;
    const by = { configuration, webhook: webhook.name };
    around.annotate(`mutation.webhook.admission.k8s.io/${at}`, () => JSON.stringify({ ...by, mutated }));
    if (mutated) around.annotate(`patch.webhook.admission.k8s.io/${at}`, () => JSON.stringify({ ...by, ...patch }), "Request");
  }
  return change.mutated;
};

/** What a webhook made of the object: `patch` as the audit log shows it. */
type Change = { readonly mutated: boolean; readonly patch?: { readonly patch: readonly unknown[]; readonly patchType: string } };

const UNCHANGED: Change = { mutated: false };

/** Throws: FailedCall, ApiError. */
const changeBy = async (invocation: Invocation, around: Surroundings): Promise<Change> => {
  const { patch, patchType } = await ask(invocation, around, true);
  return patch === "" ? UNCHANGED : patched(invocation, around, { patch, patchType });
};

type Patch = { readonly patch: string; readonly patchType: string };

const operationsOf = ({ patch }: Patch): unknown[] => {
  try {
    return JSON.parse(patch) as unknown[];
  } catch (error) {
    throw internal(error);
  }
};

const patched = async (invocation: Invocation, around: Surroundings, patch: Patch): Promise<Change> => {
  const { attributes, kind, hook } = invocation;
  const { object } = attributes;
  const { name } = hook.webhook;
  if (object === undefined) {
    const why = "attempted to modify the object, which is not supported for this operation";
    throw internal(new Error(`admission webhook ${JSON.stringify(name)} ${why}`));
  }
  if (patch.patchType !== "JSONPatch") throw new FailedCall(name, `unsupported patch type ${JSON.stringify(patch.patchType)}`);
  const operations = operationsOf(patch);
  const before = await seen(invocation, object, around);
  const after = around.complete(applied(before, operations), kind);
  if (deepEqual(before, after)) return UNCHANGED;
  overwrite(object, kind === attributes.kind ? after : await around.convert(after, kind, attributes.kind), around);
  return { mutated: true, patch: { patch: operations, patchType: patch.patchType } };
};

const applied = (object: KubeObject, operations: unknown[]): JsonObject => {
  try {
    return jsonPatch(object, operations);
  } catch (error) {
    throw internal(error);
  }
};

const INVALID_MANAGERS =
  ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests";

/** The draft becomes `next`. Who manages its fields stays as it was when that makes no sense any more. upstream: admission.go in managedfields */
export const overwrite = (draft: Draft<KubeObject>, next: KubeObject, around: Surroundings): void => {
  const before = draft.metadata?.managedFields;
  const fields = draft as { [field: string]: unknown };
  for (const field of Object.keys(fields)) delete fields[field];
  Object.assign(fields, next);
  if (readManagers(draft.metadata?.managedFields) !== undefined) return;
  draft.metadata = { ...draft.metadata, ...(before === undefined ? {} : { managedFields: before }) };
  around.warn(INVALID_MANAGERS);
};

export const mutatingAdmissionWebhook: Plugin = { name: NAME, connects: true, admit };
