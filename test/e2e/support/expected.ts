// What a namespace must hold once the cluster has converged, and in what it differs from that. Pure.
import type { V1ConfigMap, V1Deployment, V1Pod, V1ReplicaSet } from "#api/generated/types.ts";

/** The port at which every pod of these Deployments listens. */
export const PORT = 8080;

/** Contents of ConfigMaps and replicas of Deployments, by name. */
export type Expected = {
  readonly namespace: string;
  readonly configMaps: Readonly<Record<string, string>>;
  readonly deployments: Readonly<Record<string, number>>;
};

/** What is there: the API's objects, and the pod addresses at which something on the machine listens, as often as it does. */
export type Seen = {
  readonly configMaps: readonly V1ConfigMap[];
  readonly deployments: readonly V1Deployment[];
  readonly replicaSets: readonly V1ReplicaSet[];
  readonly pods: readonly V1Pod[];
  readonly listening: readonly string[];
};

/** A Deployment whose pods answer HTTP with their names. */
export const deploymentOf = (namespace: string, name: string, replicas: number): V1Deployment => ({
  metadata: { namespace, name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "orrery.dev/examples/toolbox:v1", args: ["serve"], ports: [{ containerPort: PORT }] }],
      },
    },
  },
});

const nameOf = ({ metadata }: { readonly metadata?: { readonly name?: string | undefined } | undefined }): string => metadata?.name ?? "";
const ownerOf = ({ metadata }: V1Pod | V1ReplicaSet): string => metadata?.ownerReferences?.find(({ controller }) => controller)?.uid ?? "";
const sameNames = (what: string, wanted: readonly string[], there: readonly string[]): readonly string[] => {
  const [one, other] = [wanted.toSorted(), there.toSorted()].map((names) => names.join(" "));
  return one === other ? [] : [`${what}: wanted [${one}], there are [${other}]`];
};

const configMapFaults = ({ configMaps }: Expected, seen: Seen): readonly string[] => {
  const entries = seen.configMaps.filter((map) => nameOf(map) !== "kube-root-ca.crt");
  const pair = (name: string, value: string | undefined): string => `${name}=${value}`;
  const wanted = Object.entries(configMaps).map(([name, value]) => pair(name, value));
  return sameNames(
    "ConfigMaps",
    wanted,
    entries.map((map) => pair(nameOf(map), map.data?.["value"])),
  );
};

const isServing = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  status?.phase === "Running" &&
  status.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;

const why = ({ metadata, status }: V1Pod): string => {
  const states = status?.containerStatuses?.map(({ state }) => state);
  return JSON.stringify({ deleted: metadata?.deletionTimestamp, node: status?.hostIP, phase: status?.phase, states });
};

const statusFaults = ({ metadata, status = {} }: V1Deployment, wanted: number): readonly string[] => {
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0, availableReplicas = 0, observedGeneration } = status;
  const counts = new Set([replicas, readyReplicas, updatedReplicas, availableReplicas, wanted]);
  if (counts.size === 1 && observedGeneration === metadata?.generation) return [];
  return [`its status says ${JSON.stringify(status)}`];
};

const podFaults = ({ metadata }: V1Deployment, wanted: number, seen: Seen): readonly string[] => {
  const sets = seen.replicaSets.filter((set) => ownerOf(set) === metadata?.uid).map((set) => set.metadata?.uid);
  const pods = seen.pods.filter((pod) => sets.includes(ownerOf(pod)));
  return pods.length === wanted && sets.length === 1 ? [] : [`it has ${sets.length} ReplicaSets with ${pods.length} pods`];
};

const deploymentFaults = (deployment: V1Deployment, wanted: number, seen: Seen): readonly string[] => {
  const { replicas } = deployment.spec ?? {};
  const faults =
    replicas === wanted ? [...statusFaults(deployment, wanted), ...podFaults(deployment, wanted, seen)] : [`its spec has ${replicas}`];
  return faults.map((fault) => `Deployment ${nameOf(deployment)}: ${wanted} replicas are wanted, ${fault}`);
};

/** In what the namespace differs from what it must be; empty when it has converged. */
export const faultsOf = (expected: Expected, seen: Seen): readonly string[] => {
  const { deployments, replicaSets, pods, listening } = seen;
  const addresses = pods.map(({ status }) => status?.podIP ?? "none");
  const owners = new Set(deployments.map(({ metadata }) => metadata?.uid));
  const sets = new Set(replicaSets.map(({ metadata }) => metadata?.uid));
  return [
    ...configMapFaults(expected, seen),
    ...sameNames("Deployments", Object.keys(expected.deployments), deployments.map(nameOf)),
    ...deployments.flatMap((deployment) => deploymentFaults(deployment, expected.deployments[nameOf(deployment)] ?? 0, seen)),
    ...replicaSets.filter((set) => !owners.has(ownerOf(set))).map((set) => `ReplicaSet ${nameOf(set)} has no owner`),
    ...pods.filter((pod) => !sets.has(ownerOf(pod))).map((pod) => `Pod ${nameOf(pod)} has no owner`),
    ...pods.filter((pod) => !isServing(pod)).map((pod) => `Pod ${nameOf(pod)} is not serving: ${why(pod)}`),
    ...sameNames("listening pod addresses", addresses, listening),
  ];
};
