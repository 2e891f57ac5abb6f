import * as assert from "uvu/assert";
import { controllersOf } from "#actors/controllers/index.ts";
import { CONTROLLERS, controllerUser, natsUsers } from "#actors/cluster/identities.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("cluster/identities");

const definitions = controllersOf({ certificate: "", podRanges: { cluster: "10.64.0.0/12", nodeBits: 20 } });

for (const { name } of definitions)
  test(`the controllers' process may speak as ${name}`, () => assert.ok((CONTROLLERS as readonly string[]).includes(name)));

test("each node has a user of its own, which is no other node", () => {
  const users = natsUsers(["control-plane", "worker-1"]);
  assert.equal(
    users.map(({ user, serves }) => `${user} ${serves}`),
    ["api-server api", "controllers nothing", "node-control-plane node", "node-worker-1 node"],
  );
  const nodes = users.filter(({ serves }) => serves === "node");
  for (const { node, identities } of nodes)
    assert.equal(
      identities.filter((identity) => identity.startsWith("system:node:")),
      [`system:node:${node ?? ""}`],
    );
});

test("only the controllers' process may speak as a controller", () => {
  const speakers = natsUsers(["worker-1"]).filter(({ identities }) => identities.includes(controllerUser("deployment-controller")));
  assert.equal(
    speakers.map(({ user }) => user),
    ["controllers"],
  );
});
