// Which objects of a resource a list or a watch is about: its namespace and its selectors, worked out from the request apart
// from the API server's own index.
import { kinds } from "#api/resources.ts";
import { matchesFields, parseFieldSelector } from "#api/meta/field-selector.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, parseLabelSelector } from "#api/meta/selector.ts";
import type { ApiRequest } from "#lib/api.ts";
import { resourceOf } from "./history.ts";

const fieldsOf = new Map(kinds.map((kind) => [resourceOf(kind), kind.fields]));

/** Tells whether the request is about an object. */
export const selectionOf = ({ group, resource, namespace = "", options }: ApiRequest): ((object: Stored) => boolean) => {
  const labels = parseLabelSelector(options?.labelSelector ?? "");
  const terms = parseFieldSelector(options?.fieldSelector ?? "");
  const fields = fieldsOf.get(resourceOf({ group, resource }));
  return (object) => {
    const { name, namespace: own = "" } = object.metadata;
    if (namespace !== "" && own !== namespace) return false;
    if (!matches(labels, object.metadata.labels)) return false;
    return terms.length === 0 || matchesFields(terms, { "metadata.name": name, "metadata.namespace": own, ...fields?.(object) });
  };
};
