import type { V1IPAddress, V1ParentReference } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { immutable, isEmpty, neededAs, optionalAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { required } from "#api/meta/field-error.ts";
import { canonicalIp } from "#api/meta/ip.ts";
import { dns1123Subdomain, pathSegmentName } from "#api/meta/names.ts";
import { groupResource } from "#api/meta/resource.ts";

export type IPAddress = V1IPAddress;

/** upstream: ValidateIPAddressName */
const validName = (name: string): readonly string[] =>
  canonicalIp(name) === name ? [] : ["must be a valid IP address in canonical form, (e.g. 10.9.8.7 or 2001:db8::ffff)"];

function* checkParent(path: string, parent: V1ParentReference | undefined): Check {
  if (parent === undefined) return yield required(path);
  yield* optionalAs(`${path}.group`, parent.group, dns1123Subdomain);
  yield* neededAs(`${path}.resource`, parent.resource, pathSegmentName);
  yield* neededAs(`${path}.name`, parent.name, pathSegmentName);
  yield* optionalAs(`${path}.namespace`, parent.namespace, pathSegmentName);
}

/** upstream: pkg/apis/networking/validation/validation.go (ValidateIPAddress, ValidateIPAddressUpdate) */
function* check({ spec }: IPAddress, old: IPAddress | undefined): Check {
  yield* checkParent("spec.parentRef", spec?.parentRef);
  if (old !== undefined) yield* immutable("spec.parentRef", spec?.parentRef, old.spec?.parentRef);
}

const parentText = ({ spec }: IPAddress): string => {
  const parent = spec?.parentRef;
  if (parent === undefined) return "<none>";
  const { group = "", resource = "", namespace, name = "" } = parent as Partial<V1ParentReference>;
  const place = groupResource({ group, resource }).toLowerCase();
  return isEmpty(namespace) ? `${place}/${name}` : `${place}/${namespace}/${name}`;
};

/** IPAddresses: which object has an address. */
export const ipAddresses: Kind<IPAddress> = {
  group: "networking.k8s.io",
  version: "v1",
  resource: "ipaddresses",
  kind: "IPAddress",
  namespaced: false,
  singular: "ipaddress",
  listKind: "IPAddressList",
  shortNames: ["ip"],
  categories: [],
  verbs: storedVerbs,
  model: "V1IPAddress",
  bucket: "objects",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column(
      "ParentRef",
      "string",
      "ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.",
      parentText,
    ),
    ageColumn,
  ],
  validate: (object, old) => [...check(object, old)],
  validName,
  strategy: { generation: false },
};
