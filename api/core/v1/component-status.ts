import type { V1ComponentStatus } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { column, nameColumn } from "#api/meta/columns.ts";

export type ComponentStatus = V1ComponentStatus;

const healthOf = ({ conditions = [] }: ComponentStatus) => conditions.find(({ type }) => type === "Healthy");

const statusText = (status: ComponentStatus): string => {
  const health = healthOf(status);
  if (health === undefined) return "Unknown";
  return health.status === "True" ? "Healthy" : "Unhealthy";
};

/** ComponentStatuses: how the control plane is; found out when somebody asks, never stored. */
export const componentStatuses: Kind<ComponentStatus> = {
  group: "",
  version: "v1",
  resource: "componentstatuses",
  kind: "ComponentStatus",
  namespaced: false,
  singular: "componentstatus",
  listKind: "ComponentStatusList",
  shortNames: ["cs"],
  categories: [],
  verbs: ["get", "list"],
  model: "V1ComponentStatus",
  bucket: "none",
  status: false,
  subresources: {},
  columns: [
    nameColumn,
    column("Status", "string", "Status of the component conditions", statusText),
    column("Message", "string", "Message of the component conditions", (status) => healthOf(status)?.message ?? ""),
    column("Error", "string", "Error of the component conditions", (status) => healthOf(status)?.error ?? ""),
  ],
  deprecation: "v1 ComponentStatus is deprecated in v1.19+",
  strategy: { generation: false },
};
