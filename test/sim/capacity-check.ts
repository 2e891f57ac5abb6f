// C4: a scheduler gives a node no more than there is, counting what it was told that it has bound itself. What another bound
// behind its back it may overlook; the kubelet refuses what does not fit.
import type { V1Binding, V1Node, V1Pod } from "#api/generated/types.ts";
import { isPodTerminal } from "#api/core/v1/pod-status.ts";
import type { Stored } from "#api/meta/object.ts";
import { milliValue } from "#api/meta/quantity.ts";
import type { ApiRequest } from "#lib/api.ts";
import type { History } from "./history.ts";
import { Violation, type Tap } from "./world.ts";

type Assumed = { readonly uid: string; readonly node: string };

const decoder = new TextDecoder();
const milli = (text: string | undefined): number => milliValue(text ?? "0");

/** A tap on every process; a scheduler keeps one connection for its life. */
export const watchCapacity =
  (history: History, violated: (violation: Violation) => void): Tap =>
  (process, transport) => {
    const assumed = new Set<Assumed>();
    return {
      request: async (request, signal) => {
        if (request.subresource !== "binding") return transport.request(request, signal);
        const one = assumedBy(request);
        const overfull = tooMuchOn(history, one, assumed);
        if (overfull !== undefined) violated(new Violation("C4", `${process} ${overfull}`));
        assumed.add(one);
        try {
          return await transport.request(request, signal);
        } catch (error) {
          assumed.delete(one);
          throw error;
        }
      },
      stream: (request, onFrame, signal) => transport.stream(request, onFrame, signal),
      close: () => transport.close(),
    };
  };

const assumedBy = ({ body }: ApiRequest): Assumed => {
  const { metadata, target } = JSON.parse(decoder.decode(body)) as V1Binding;
  return { uid: metadata?.uid ?? "", node: target.name ?? "" };
};

const tooMuchOn = (history: History, one: Assumed, assumed: ReadonlySet<Assumed>): string | undefined => {
  const node = history.list<V1Node>("nodes").find(({ metadata }) => metadata.name === one.node);
  const uids = new Set([one, ...assumed].filter((each) => each.node === one.node).map(({ uid }) => uid));
  const wanted = [...uids].reduce((sum, uid) => sum + milliOf(history.living(uid)), 0);
  const there = milli(node?.status?.allocatable?.["cpu"]);
  return node === undefined || wanted <= there ? undefined : `gives ${one.node} pods for ${wanted} milli-CPUs, which has ${there}`;
};

const milliOf = (pod: Stored<V1Pod> | undefined): number => {
  if (pod === undefined || isPodTerminal(pod)) return 0;
  return (pod.spec?.containers ?? []).reduce((sum, { resources }) => sum + milli(resources?.requests?.["cpu"]), 0);
};
