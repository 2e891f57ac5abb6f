import type { V1IngressClass, V1IngressClassParametersReference } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, isEmpty, needed, neededAs, neededOneOf, optionalAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { forbiddenField, required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Label, dns1123Subdomain, domainPrefixedPath, pathSegmentName } from "#api/meta/names.ts";

export type IngressClass = V1IngressClass;

const MAX_CONTROLLER_BYTES = 250;
const CONTROLLER = "Controller that is responsible for handling this class";
const PARAMETERS = "A reference to a resource with additional parameters";

function* checkParameters(path: string, parameters: V1IngressClassParametersReference): Check {
  const { apiGroup, kind, name, namespace, scope } = parameters;
  if (apiGroup !== undefined) yield* optionalAs(`${path}.apiGroup`, apiGroup, dns1123Subdomain);
  yield* neededAs(`${path}.kind`, kind, pathSegmentName);
  yield* neededAs(`${path}.name`, name, pathSegmentName);
  yield* neededOneOf(`${path}.scope`, scope, ["Cluster", "Namespace"]);
  if (scope === "Namespace") {
    if (namespace === undefined) yield required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'");
    else yield* neededAs(`${path}.namespace`, namespace, dns1123Label);
  }
  if (scope === "Cluster" && namespace !== undefined) yield forbiddenField(`${path}.namespace`, "`parameters.scope` is set to 'Cluster'");
}

/** upstream: pkg/apis/networking/validation/validation.go (ValidateIngressClass, ValidateIngressClassUpdate) */
function* check({ spec = {} }: IngressClass, old: IngressClass | undefined): Check {
  const { controller, parameters } = spec;
  if (old !== undefined) yield* immutable("spec.controller", controller, old.spec?.controller);
  else if (!isEmpty(controller) && controller.length > MAX_CONTROLLER_BYTES) yield tooLong("spec.controller", MAX_CONTROLLER_BYTES);
  else {
    yield* needed("spec.controller", controller);
    yield* optionalAs("spec.controller", controller, domainPrefixedPath);
  }
  if (parameters !== undefined) yield* checkParameters("spec.parameters", parameters);
}

const parametersText = ({ spec }: IngressClass): string => {
  const parameters = spec?.parameters;
  if (parameters === undefined) return "<none>";
  const kind = isEmpty(parameters.apiGroup) ? parameters.kind : `${parameters.kind}.${parameters.apiGroup}`;
  return `${kind}/${parameters.name}`;
};

/** IngressClasses: which controller serves an Ingress. */
export const ingressClasses: Kind<IngressClass> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ingressclasses",
  kind: "IngressClass",
  namespaced: false,
  singular: "ingressclass",
  listKind: "IngressClassList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1IngressClass",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("Controller", "string", CONTROLLER, ({ spec }) => spec?.controller ?? ""),
    column("Parameters", "string", PARAMETERS, parametersText),
    ageColumn,
  ],
  setDefaults: ({ spec }) => {
    if (spec?.parameters !== undefined) spec.parameters.scope ??= "Cluster";
  },
  validate: (object, old) => [...check(object, old)],
  strategy: { generation: true },
};
