// C2 for Services: when nothing changes any more, every node's proxy and the cluster's DNS lead to the ready pods of each
// Service and nowhere else. What is expected is worked out from Services and pods, not from EndpointSlices.
import type { V1Pod, V1Service } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import { matches, selectorOfLabels } from "#api/meta/selector.ts";
import type { Dns } from "./dns.ts";
import type { History } from "./history.ts";
import type { NodeNetwork } from "./node-network.ts";

type Service = Stored<V1Service>;

const selecting = (history: History): readonly Service[] =>
  history.list<V1Service>("services").filter(({ spec }) => spec?.selector !== undefined);

const readyPods = (history: History, { metadata, spec }: Service): readonly string[] => {
  const isReady = ({ status }: Stored<V1Pod>): boolean =>
    status?.conditions?.some(({ type, status: is }) => type === "Ready" && is === "True") === true;
  return history
    .list<V1Pod>("pods")
    .filter((pod) => pod.metadata.namespace === metadata.namespace && matches(selectorOfLabels(spec?.selector), pod.metadata.labels))
    .filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined)
    .map(({ status }) => status?.podIP ?? "")
    .toSorted();
};

const isHeadless = ({ spec }: Service): boolean => spec?.clusterIP === "None";

/** True when the node's proxy listens for each Service and leads to its ready pods. */
export const isProxied = (history: History, network: NodeNetwork | undefined): boolean => {
  const table = network?.table() ?? new Map<string, string>();
  const fronts = selecting(history)
    .filter((service) => !isHeadless(service))
    .flatMap((service) =>
      (service.spec?.ports ?? []).map(({ port, targetPort }) => ({
        key: `TCP/${service.spec?.clusterIP}:${port}`,
        backends: readyPods(history, service)
          .map((ip) => `${ip}:${targetPort}`)
          .toSorted()
          .join(" "),
      })),
    );
  const others = history.list<V1Service>("services").filter(({ spec }) => spec?.selector === undefined);
  return table.size === fronts.length + others.length && fronts.every(({ key, backends }) => table.get(key) === backends);
};

/** True when DNS knows the Services of these names in `default` that exist, with their addresses, and no others of them. */
export const isNamed = (history: History, { zone }: Dns, names: readonly string[]): boolean =>
  names.every((name) => {
    const service = selecting(history).find(({ metadata }) => metadata.name === name && metadata.namespace === "default");
    const reply = zone?.resolve(`${name}.default.svc.cluster.local`, "A");
    const addresses =
      reply?.kind === "answers" ? reply.answers.map((answer) => (answer.type === "A" ? answer.address : "")).toSorted() : [];
    const expected = service === undefined ? [] : addressesOf(history, service);
    return zone !== undefined && addresses.join(" ") === expected.join(" ");
  });

const addressesOf = (history: History, service: Service): readonly string[] =>
  isHeadless(service) ? readyPods(history, service) : [service.spec?.clusterIP ?? ""];
