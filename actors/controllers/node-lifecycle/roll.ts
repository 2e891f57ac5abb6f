// Which nodes the controller has met: of each that comes and of each that goes it tells once.
// upstream: node_lifecycle_controller.go classifyNodes
import type { Node } from "#api/core/v1/node.ts";
import type { Stored } from "#api/meta/object.ts";
import type { EventRecorder } from "#lib/event-recorder.ts";

export type Meeting = { readonly do: "welcome"; readonly node: Stored<Node> } | { readonly do: "farewell"; readonly node: Stored<Node> };

const WORDS = {
  welcome: { reason: "RegisteredNode", words: (name: string) => `Registered Node ${name} in Controller` },
  farewell: { reason: "RemovingNode", words: (name: string) => `Removing Node ${name} from Controller` },
} as const;

/** The nodes that were told of, by name. */
export class Roll {
  readonly #known = new Map<string, Stored<Node>>();

  /** What is to be told of a name, whose node is this now. */
  meetings(name: string, node: Stored<Node> | undefined): readonly Meeting[] {
    const known = this.#known.get(name);
    if (node !== undefined) return known === undefined ? [{ do: "welcome", node }] : [];
    return known === undefined ? [] : [{ do: "farewell", node: known }];
  }

  /** Tells it. upstream: RecordNodeEvent */
  tell({ do: what, node }: Meeting, recorder: EventRecorder): void {
    const { name } = node.metadata;
    if (what === "welcome") this.#known.set(name, node);
    else this.#known.delete(name);
    const { reason, words } = WORDS[what];
    recorder.record(node, { type: "Normal", reason, message: `Node ${name} event: ${words(name)}` });
  }
}
