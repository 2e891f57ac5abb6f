import { guestContract } from "#test/contract/guests.ts";
import { runtimeContract } from "#test/contract/runtime.ts";
import { openNode } from "./support.ts";

for (const handler of ["", "dedicated", "wasmer"]) {
  const name = handler === "" ? "node" : `node, ${handler}`;
  runtimeContract(name, () => openNode("toolbox", { handler }));
  guestContract(name, () => openNode("toolbox", { handler }));
}
