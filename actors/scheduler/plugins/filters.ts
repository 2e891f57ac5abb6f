// The filters, in the order in which upstream runs them. The first filter that refuses a node gives its reasons.
// upstream: pkg/scheduler/framework/plugins/*
import { allowsNode } from "#api/core/v1/node-affinity.ts";
import { taintText, tolerates, untolerated } from "#api/core/v1/taint.ts";
import type { FilterPlugin } from "./plugin.ts";

const UNSCHEDULABLE = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

const nodeUnschedulable: FilterPlugin = {
  name: "NodeUnschedulable",
  filter: ({ pod }, { node }) =>
    node.spec?.unschedulable !== true || pod.spec?.tolerations?.some((toleration) => tolerates(toleration, UNSCHEDULABLE)) === true
      ? []
      : ["node(s) were unschedulable"],
};

const nodeName: FilterPlugin = {
  name: "NodeName",
  filter: ({ pod }, { info }) =>
    pod.spec?.nodeName === undefined || pod.spec.nodeName === "" || pod.spec.nodeName === info.name
      ? []
      : ["node(s) didn't match the requested node name"],
};

const taintToleration: FilterPlugin = {
  name: "TaintToleration",
  filter: ({ pod }, { node }) => {
    const taint = untolerated(node.spec?.taints, pod.spec?.tolerations, ["NoSchedule", "NoExecute"]);
    return taint === undefined ? [] : [`node(s) had untolerated taint ${taintText(taint)}`];
  },
};

const nodeAffinity: FilterPlugin = {
  name: "NodeAffinity",
  filter: ({ pod }, { node }) =>
    pod.spec === undefined || allowsNode(pod.spec, node) ? [] : ["node(s) didn't match Pod's node affinity/selector"],
};

const nodePorts: FilterPlugin = {
  name: "NodePorts",
  filter: ({ hostPorts }, { info }) =>
    hostPorts.some((port) => info.takesPort(port)) ? ["node(s) didn't have free ports for the requested pod ports"] : [],
};

const nodeResourcesFit: FilterPlugin = {
  name: "NodeResourcesFit",
  filter: ({ requests }, { info }) => {
    const full = info.podCount + 1 > info.allocatable("pods") ? ["Too many pods"] : [];
    const short = [...requests]
      .filter(([name, wanted]) => wanted > 0 && wanted > info.allocatable(name) - info.requested(name))
      .map(([name]) => `Insufficient ${name}`);
    return [...full, ...short];
  },
};

export const filters: readonly FilterPlugin[] = [nodeUnschedulable, nodeName, taintToleration, nodeAffinity, nodePorts, nodeResourcesFit];
