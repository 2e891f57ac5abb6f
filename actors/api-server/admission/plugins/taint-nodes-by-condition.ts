// TaintNodesByCondition: a new node takes no pods before it has said that it is ready.
// upstream: plugin/pkg/admission/nodetaint/admission.go
import { nodes, type Node } from "#api/core/v1/node.ts";
import type { Draft } from "#api/meta/object.ts";
import { isFor, type Attributes, type Plugin } from "../plugin.ts";

const NOT_READY = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

const admit = (attributes: Attributes): undefined => {
  if (attributes.operation !== "CREATE" || !isFor(attributes, nodes)) return;
  const node = attributes.object as Draft<Node>;
  const taints = node.spec?.taints ?? [];
  if (taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect)) return;
  node.spec = { ...node.spec, taints: [...taints, { ...NOT_READY }] };
};

export const taintNodesByCondition: Plugin = { name: "TaintNodesByCondition", admit };
