import type { Kind } from "#api/kind.ts";
import type { Draft, KubeObject } from "#api/meta/object.ts";
import { modelSchema } from "#api/schema/models.ts";
import type { Call, Core } from "../core.ts";
import { decodeBody } from "../pipeline/decode.ts";
import { metaOf, settleNamespace } from "../pipeline/metadata.ts";
import { requireValidReview } from "../pipeline/strategy.ts";

/** Answers a kind that is never stored: the body, with what it asks for. Throws: Invalid, ApiError. */
export const review = async (core: Core, call: Call): Promise<KubeObject> => {
  const draft = decodeBody(call);
  settleNamespace(metaOf(draft), call.namespace);
  askSomething(call.kind, draft);
  requireValidReview(call.kind, draft);
  return core.guards.reviews.review(call.user, call.kind, draft, call.namespace);
};

/** A review that asks nothing is one that asks for nothing in particular, as in Go. */
const askSomething = ({ model }: Kind, draft: Draft<KubeObject & { readonly spec?: unknown }>): void => {
  if (Object.hasOwn(modelSchema(model).properties, "spec")) draft.spec ??= {};
};
