import type { KubeObject } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";

/** An object on its way to a client: an Entry of the cache, or one that was never stored. */
export type Shown = { readonly bytes: Uint8Array; readonly object: KubeObject };

const encoder = new TextEncoder();

/** An object that is not in the store: the answer of a dry run, of a review, of a subresource. */
export const shownOf = (kind: { readonly group: string; readonly version: string; readonly kind: string }, value: KubeObject): Shown => {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = value;
  const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), ...rest };
  return { bytes: encoder.encode(JSON.stringify(object)), object };
};
