import * as assert from "uvu/assert";
import { TurnedAway, type FlowControl } from "#actors/api-server/flow/flow-control.ts";
import { suite } from "#test/support/suite.ts";
import { ask, startServer } from "./test-server.ts";

const test = suite("https/turn", 10_000);

const headers = { "X-Kubernetes-PF-FlowSchema-UID": "schema", "X-Kubernetes-PF-PriorityLevel-UID": "level" };

const answerTo = async (enter: FlowControl["enter"]) => {
  const { server, port } = await startServer(undefined, { flow: { enter } });
  try {
    return await ask(port, "/healthz");
  } finally {
    await server.stop(100);
  }
};

test("an answer says how its request was placed", async () => {
  const answer = await answerTo(() => ({ headers, leave: () => undefined }));
  assert.equal([answer.code, answer.headers["x-kubernetes-pf-flowschema-uid"]], [200, "schema"]);
});

test("who is turned away is told how, and how long to stay away", async () => {
  const answer = await answerTo(() => {
    throw new TurnedAway(headers, 4);
  });
  assert.equal([answer.code, answer.headers["retry-after"], answer.headers["x-kubernetes-pf-prioritylevel-uid"]], [429, "4", "level"]);
  assert.is(answer.json["message"], "Too many requests, please try again later.");
});
