// Writes spec.podCIDR of nodes that have none. One node at a time, so that no two get the same range.
import { nodes, type Node } from "#api/core/v1/node.ts";
import type { Stored } from "#api/meta/object.ts";
import { changesOf, defineController, ownKey, TerminalError, type ControllerDefinition } from "#lib/controller.ts";
import { freeRange, type Ranges } from "./decide.ts";

type Observed = { readonly node: Stored<Node>; readonly taken: ReadonlySet<string> };
type Action =
  | { readonly do: "assign"; readonly node: Stored<Node>; readonly range: string }
  | { readonly do: "refuse"; readonly node: Stored<Node> };

/** upstream: pkg/controller/nodeipam/ipam/range_allocator.go */
const EVENTS_OF = "cidrAllocator";

export const nodeIpamController = (ranges: Ranges): ControllerDefinition =>
  defineController<Observed, Action>("node-controller", ({ informers, recorder }) => {
    const all = informers.of(nodes);
    return {
      watches: [changesOf(all, ownKey, ({ type, object }) => type === "deleted" || (object.spec?.podCIDR ?? "") === "")],
      observe: (key) => {
        const node = all.get(key);
        return node === undefined ? undefined : { node, taken: new Set(all.list().flatMap(({ spec }) => spec?.podCIDRs ?? [])) };
      },
      decide: ({ node, taken }) => {
        if ((node.spec?.podCIDR ?? "") !== "") return [];
        const range = freeRange(ranges, taken);
        return range === undefined ? [{ do: "refuse", node }] : [{ do: "assign", node, range }];
      },
      act: async (action, { client, signal }) => {
        if (action.do === "refuse") {
          recorder.record(action.node, {
            type: "Normal",
            reason: "CIDRNotAvailable",
            message: `Node ${action.node.metadata.name} status is now: CIDRNotAvailable`,
            component: EVENTS_OF,
          });
          throw new TerminalError(`no range is left in ${ranges.cluster}`);
        }
        const body = { metadata: { uid: action.node.metadata.uid }, spec: { podCIDR: action.range, podCIDRs: [action.range] } };
        await client.patch(nodes, action.node.metadata, { type: "application/strategic-merge-patch+json", body }, signal);
      },
    };
  });
