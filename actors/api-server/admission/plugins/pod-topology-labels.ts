// PodTopologyLabels: a pod tells in its labels which zone and region it runs in, from the moment it is bound.
// upstream: plugin/pkg/admission/podtopologylabels/admission.go
import type { V1Binding } from "#api/generated/types.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import { isFor, type Attributes, type Plugin, type Surroundings } from "../plugin.ts";

const LABELS = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** The node that a pod gets by this write; "": none. */
const nodeOf = (attributes: Attributes): string => {
  if (attributes.operation !== "CREATE") return "";
  if (isFor(attributes, pods, "binding")) return (attributes.object as V1Binding).target?.name ?? "";
  return isFor(attributes, pods) ? ((attributes.object as Pod).spec?.nodeName ?? "") : "";
};

const admit = (attributes: Attributes, around: Surroundings): undefined => {
  const name = nodeOf(attributes);
  const labels = name === "" ? undefined : around.find(nodes, "", name)?.metadata?.labels;
  const copied = Object.entries(labels ?? {}).filter(([label]) => LABELS.includes(label));
  const { object } = attributes;
  if (copied.length === 0 || object === undefined) return;
  object.metadata = { ...object.metadata, labels: { ...object.metadata?.labels, ...Object.fromEntries(copied) } };
};

export const podTopologyLabels: Plugin = { name: "PodTopologyLabels", admit };
