import type { Draft, KubeObject } from "#api/meta/object.ts";
import { judge, mutate } from "../admission/admit.ts";
import type { Attributes } from "../admission/plugin.ts";
import { isDryRun, type Call, type Core } from "../core.ts";
import { decodeBody } from "../pipeline/decode.ts";
import { checkPlace, metaOf, settleNamespace } from "../pipeline/metadata.ts";
import { surroundingsOf } from "../pipeline/surroundings.ts";

/** The body of a create on a subresource, once admission has let it pass. Throws: ApiError. */
export const admittedBody = async <T extends KubeObject>(core: Core, call: Call): Promise<Draft<T>> => {
  const draft = decodeBody(call);
  const meta = metaOf(draft);
  settleNamespace(meta, call.namespace);
  if (meta.name === undefined || meta.name === "") meta.name = call.name;
  else checkPlace(meta, call);
  const { user, kind, subresource, namespace, name } = call;
  const attributes: Attributes = {
    user,
    operation: "CREATE",
    kind,
    subresource,
    namespace,
    name,
    object: draft,
    old: undefined,
    dryRun: isDryRun(call),
  };
  await mutate(attributes, surroundingsOf(core, call));
  await judge(attributes, surroundingsOf(core, call));
  return draft as unknown as Draft<T>;
};
