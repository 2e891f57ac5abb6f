import { defaultServicePort } from "#api/admissionregistration/v1/client-config.ts";
import type { V1APIService } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, needed, neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1035Label, dns1123Subdomain, inRange, pathSegmentName, portNum } from "#api/meta/names.ts";

export type APIService = V1APIService;

type Spec = Partial<NonNullable<APIService["spec"]>>;

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const SERVICE = "The reference to the service that hosts this API endpoint.";
const AVAILABLE = "Whether this service is available.";

function* checkPriorities({ groupPriorityMinimum: minimum = 0, versionPriority = 0 }: Spec): Check {
  if (minimum <= 0 || minimum > MAX_GROUP_PRIORITY)
    yield* broken("spec.groupPriorityMinimum", minimum, inRange(minimum, 1, MAX_GROUP_PRIORITY));
  yield* broken("spec.versionPriority", versionPriority, inRange(versionPriority, 1, MAX_VERSION_PRIORITY));
}

function* checkName(name: string, wanted: string): Check {
  if (name !== wanted) yield invalidValue("metadata.name", name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`);
}

function* checkPlace({ metadata, spec }: APIService): Check {
  const { group = "", version = "" } = (spec ?? {}) as Spec;
  yield* checkName(metadata?.name ?? "", `${version}.${group}`);
  yield* neededAs("spec.version", version, dns1035Label);
  if (group !== "") yield* broken("spec.group", group, dns1123Subdomain(group));
  else if (version !== "v1") yield required("spec.group", "only v1 may have an empty group and it better be legacy kube");
  yield* checkPriorities(spec ?? {});
}

function* checkService({ namespace, name, port = 0 }: NonNullable<Spec["service"]>): Check {
  yield* needed("spec.service.namespace", namespace);
  yield* needed("spec.service.name", name);
  const reasons = portNum(port);
  if (reasons.length > 0) yield invalidValue("spec.service.port", port, `port is not valid: ${reasons.join(",")}`);
}

/** upstream: kube-aggregator/pkg/apis/apiregistration/validation/validation.go ValidateAPIService */
function* check(object: APIService): Check {
  yield* checkPlace(object);
  const { service, caBundle, insecureSkipTLSVerify: insecure = false } = object.spec ?? {};
  if (service === undefined) {
    if (!isEmpty(caBundle)) yield invalidValue("spec.caBundle", `${caBundle.length} bytes`, "local APIServices may not have a caBundle");
    if (insecure) yield invalidValue("spec.insecureSkipTLSVerify", insecure, "local APIServices may not have insecureSkipTLSVerify");
    return;
  }
  yield* checkService(service);
  if (insecure && !isEmpty(caBundle)) yield invalidValue("spec.insecureSkipTLSVerify", insecure, "may not be true if caBundle is present");
}

function* checkStatus({ status }: APIService): Check {
  for (const [{ status: value }, at] of each("status.conditions", status?.conditions)) {
    if (!["True", "False", "Unknown"].includes(value)) yield notSupported(`${at}.status`, value ?? "", ["False", "True", "Unknown"]);
  }
}

const serviceText = ({ spec }: APIService): string =>
  spec?.service === undefined ? "Local" : `${spec.service.namespace ?? ""}/${spec.service.name ?? ""}`;

const availableText = ({ status }: APIService): string => {
  const condition = status?.conditions?.find(({ type }) => type === "Available");
  if (condition === undefined) return "Unknown";
  return condition.status === "True" ? "True" : `${condition.status} (${condition.reason ?? ""})`;
};

/** APIServices: groups of the API that other servers answer. */
export const apiServices: Kind<APIService> = {
  group: "apiregistration.k8s.io",
  version: "v1",
  resource: "apiservices",
  kind: "APIService",
  namespaced: false,
  singular: "apiservice",
  listKind: "APIServiceList",
  shortNames: [],
  categories: ["api-extensions"],
  verbs: storedVerbs,
  model: "V1APIService",
  bucket: "objects",
  status: true,
  subresources: {},
  validName: pathSegmentName,
  columns: [
    nameColumn,
    column("Service", "string", SERVICE, serviceText),
    column("Available", "string", AVAILABLE, availableText),
    ageColumn,
  ],
  setDefaults: ({ spec }) => defaultServicePort(spec?.service),
  validate: (object, _old, subresource) => [...(subresource === "status" ? checkStatus(object) : check(object))],
  strategy: { generation: false, requiresRevision: true, prepareForCreate: (draft) => void (draft.status = {}) },
};
