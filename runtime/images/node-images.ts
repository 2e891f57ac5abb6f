// The images of a node as its runtime sees them: a store that the machine's nodes share, and pulling into it.
import type { Random } from "#lib/random.ts";
import type { NodeImages } from "#runtime/node-ports.ts";
import { Puller } from "./pull.ts";
import { canonical, parseReference } from "./reference.ts";
import { ImageStore } from "./store.ts";

/** @param dir the directory that the nodes of a machine share */
export const createNodeImages = (dir: string, random: Random): NodeImages => {
  const store = new ImageStore(dir, random);
  const puller = new Puller(store);
  return {
    pull: (reference, auth, signal) => puller.pull(reference, auth, signal),
    find: (text) => {
      const reference = parseReference(text);
      return store.find(text.startsWith("sha256:") || reference === undefined ? text : canonical(reference));
    },
    list: () => store.list(),
    remove: (id) => store.remove(id),
    program: (id) => store.program(id),
  };
};
