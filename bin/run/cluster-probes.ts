// Probes and hooks that ask a pod find it where it listens: on low ports, that may be somewhere else.
import type { ProbeIo } from "#actors/kubelet/probe/io.ts";
import { listeningPort, type ClusterNetwork } from "#lib/cluster-network.ts";

/** Asks as `io` does, at the real ports of the cluster's addresses. */
export const throughCluster = (io: ProbeIo, network: ClusterNetwork): ProbeIo => {
  const portOf = (host: string, port: number): number => listeningPort(host, port, network);
  return {
    http: (request, signal) => io.http({ ...request, port: portOf(request.host, request.port) }, signal),
    tcp: (host, port, signal) => io.tcp(host, portOf(host, port), signal),
    grpc: (host, port, service, signal) => io.grpc(host, portOf(host, port), service, signal),
  };
};
