import fc from "fast-check";
import * as assert from "uvu/assert";
import { argsOf } from "#runtime/guest.ts";
import type { Program } from "#runtime/node-ports.ts";
import type { ContainerConfig } from "#runtime/port.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("guest");
const program = (config: Program["config"]): Program => ({ digest: "", path: "", kind: "module", config });
const PLAIN = { name: "main", sandboxId: "", attempt: 0, imageId: "", env: [], mounts: [], ports: [], annotations: {}, logPath: "" };
const container = (rest: Pick<ContainerConfig, "command" | "args">): ContainerConfig => ({ ...PLAIN, ...rest });
const IMAGE = program({ Entrypoint: ["ep", "ep-arg"], Cmd: ["cmd"] });

// upstream: the table of "Define a Command and Arguments for a Container"
test("command and args replace the image's entrypoint and command as upstream's table says", () => {
  assert.equal(argsOf(container({}), IMAGE), ["ep", "ep-arg", "cmd"]);
  assert.equal(argsOf(container({ command: ["run"] }), IMAGE), ["run"]);
  assert.equal(argsOf(container({ args: ["a"] }), IMAGE), ["ep", "ep-arg", "a"]);
  assert.equal(argsOf(container({ command: ["run"], args: ["a"] }), IMAGE), ["run", "a"]);
});
test("an image that names no program is given its arguments after a name", () => {
  assert.equal(argsOf(container({}), program({})), ["main.wasm"]);
  assert.equal(argsOf(container({ args: ["serve"] }), program({})), ["main.wasm", "serve"]);
});
test("an image's command alone is replaced by args", () => {
  assert.equal(argsOf(container({}), program({ Cmd: ["app", "x"] })), ["app", "x"]);
  assert.equal(argsOf(container({ args: ["other"] }), program({ Cmd: ["app", "x"] })), ["other"]);
});
test("a container's args always end the arguments", () => {
  const words = fc.array(fc.string(), { maxLength: 3 });
  fc.assert(
    fc.property(words, words, words, words, (command, args, Entrypoint, Cmd) => {
      const all = argsOf(container({ command, args }), program({ Entrypoint, Cmd }));
      assert.equal(all.slice(all.length - args.length), args);
    }),
  );
});
