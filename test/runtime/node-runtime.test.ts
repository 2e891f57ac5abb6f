import { runtimeContract } from "#test/contract/runtime.ts";
import { openNode } from "./support.ts";

runtimeContract("node", () => openNode("toolbox"));
