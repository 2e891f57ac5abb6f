// NamespaceLifecycle: objects are created in living namespaces only, and the system's namespaces stay.
// upstream: apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go
import { namespaces, type Namespace } from "#api/core/v1/namespace.ts";
import { NAMESPACE_TERMINATING, notFound, withCauses, type ApiError } from "#api/meta/status.ts";
import { refuse, isFor, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);
/** Reviews are answered in a namespace without being anything in it. */
const REVIEWS: ReadonlySet<string> = new Set(["localsubjectaccessreviews"]);

const admit = (attributes: Attributes, around: Surroundings): Verdict | Promise<Verdict> => {
  const { operation, kind, name, namespace } = attributes;
  if (isFor(attributes, namespaces)) {
    return operation === "DELETE" && IMMORTAL.has(name) ? refuse(attributes, "this namespace may not be deleted") : undefined;
  }
  if (operation !== "CREATE" || namespace === "" || REVIEWS.has(kind.resource)) return undefined;
  const present = around.find(namespaces, "", namespace);
  return present === undefined ? lookAgain(attributes, around) : judged(attributes, present);
};

/** Another API server may have made the namespace a moment ago. */
const lookAgain = async (attributes: Attributes, around: Surroundings): Promise<Verdict> => {
  await around.catchUp(namespaces);
  const present = around.find(namespaces, "", attributes.namespace);
  return present === undefined ? missing(attributes) : judged(attributes, present);
};

const missing = ({ namespace }: Attributes): ApiError => notFound({ group: "", resource: "namespaces", name: namespace });

const judged = (attributes: Attributes, present: Namespace): Verdict => {
  if (present.status?.phase !== "Terminating") return undefined;
  const { namespace } = attributes;
  const refusal = refuse(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
  return withCauses(refusal, [
    { reason: NAMESPACE_TERMINATING, message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" },
  ]);
};

export const namespaceLifecycle: Plugin = { name: "NamespaceLifecycle", admit };
