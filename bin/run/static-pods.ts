// The control plane as pods: its node shows each process of the control plane as a static pod.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StaticStatus } from "#actors/kubelet/ports.ts";
import type { Layout } from "#actors/cluster/layout.ts";
import type { ProcessRecord } from "#actors/cluster/process/io.ts";
import type { V1Pod } from "#api/generated/types.ts";
import { VERSION } from "../version.ts";

/** Component → the process that it runs in, and what it is called. */
const COMPONENTS: Readonly<Record<string, { readonly process: string; readonly image: string }>> = {
  "kube-apiserver": { process: "api-server", image: "orrery.dev/api-server" },
  "kube-controller-manager": { process: "controllers", image: "orrery.dev/controllers" },
  "kube-scheduler": { process: "controllers", image: "orrery.dev/scheduler" },
  nats: { process: "nats-server", image: "orrery.dev/nats-server" },
};

const podOf = (component: string, image: string): V1Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: component, namespace: "kube-system", labels: { component, tier: "control-plane" } },
  spec: {
    hostNetwork: true,
    priorityClassName: "system-node-critical",
    tolerations: [{ operator: "Exists", effect: "NoExecute" }],
    containers: [{ name: component, image: `${image}:v${VERSION}`, imagePullPolicy: "IfNotPresent" }],
  },
});

/** The static pods of the control plane's node. */
export const staticPods: readonly V1Pod[] = Object.entries(COMPONENTS).map(([component, { image }]) => podOf(component, image));

/** How the process behind a static pod fares. @param pod its name, with or without the node's */
export const staticStatusOf =
  (layout: Layout) =>
  (pod: string): StaticStatus | undefined => {
    const component = Object.keys(COMPONENTS).find((name) => pod === name || pod.startsWith(`${name}-`));
    const { process } = COMPONENTS[component ?? ""] ?? {};
    if (process === undefined) return undefined;
    const logPath = layout.logOf(process);
    try {
      const record = JSON.parse(readFileSync(join(layout.processes, `${process}.json`), "utf8")) as ProcessRecord;
      return { running: true, startedAt: Date.parse(record.startedAt), restartCount: 0, logPath };
    } catch {
      return { running: false, restartCount: 0, logPath };
    }
  };
