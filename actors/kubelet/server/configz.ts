// /configz: how the kubelet is set up, as far as upstream's configuration has words for it. Pure.
// upstream: staging/src/k8s.io/kubelet/config/v1beta1/types.go
import type { KubeletConfig } from "../ports.ts";

/** A KubeletConfiguration. */
export const configOf = ({ maxPods, clusterDns, clusterDomain, pressure, reserved, shutdownGraceMs, taints }: KubeletConfig) => ({
  kind: "KubeletConfiguration",
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  clusterDomain,
  clusterDNS: clusterDns,
  maxPods,
  nodeStatusReportFrequency: "5m0s",
  nodeLeaseDurationSeconds: 40,
  evictionHard: { "memory.available": `${pressure.memoryBytes}`, "nodefs.available": `${pressure.diskBytes}` },
  kubeReserved: { cpu: `${reserved.cpuMilli}m`, memory: `${reserved.memoryBytes}` },
  shutdownGracePeriod: `${shutdownGraceMs / 1000}s`,
  registerNode: true,
  registerWithTaints: taints,
  enableSystemLogHandler: false,
});
