import { defaultServicePort } from "#api/admissionregistration/v1/client-config.ts";
import type { V1APIService } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { broken, each, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { dns1035Label, dns1123Subdomain, inRange, portNum } from "#api/meta/names.ts";

export type APIService = V1APIService;

const MAX_GROUP_PRIORITY = 20_000;
const MAX_VERSION_PRIORITY = 1000;
const SERVICE = "The reference to the service that hosts this API endpoint.";
const AVAILABLE = "Whether this service is available.";

function* checkPlace({ metadata, spec }: APIService): Check {
  const {
    group = "",
    version = "",
    groupPriorityMinimum: minimum = 0,
    versionPriority = 0,
  } = (spec ?? {}) as Partial<NonNullable<APIService["spec"]>>;
  const wanted = `${version}.${group}`;
  const name = metadata?.name ?? "";
  if (name !== wanted) yield invalidValue("metadata.name", name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`);
  const isLegacy = group === "" && version === "v1";
  if (isEmpty(version)) yield required("spec.version");
  else yield* broken("spec.version", version, dns1035Label(version));
  if (!isLegacy)
    yield* isEmpty(group)
      ? [required("spec.group", "only v1 may have an empty group and it better be legacy kube")]
      : broken("spec.group", group, dns1123Subdomain(group));
  if (minimum <= 0 || minimum > MAX_GROUP_PRIORITY)
    yield* broken("spec.groupPriorityMinimum", minimum, inRange(minimum, 1, MAX_GROUP_PRIORITY));
  yield* broken("spec.versionPriority", versionPriority, inRange(versionPriority, 1, MAX_VERSION_PRIORITY));
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
  yield* needed("spec.service.namespace", service.namespace);
  yield* needed("spec.service.name", service.name);
  const reasons = portNum(service.port ?? 0);
  if (reasons.length > 0) yield invalidValue("spec.service.port", service.port ?? 0, `port is not valid: ${reasons.join(",")}`);
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
