import * as assert from "uvu/assert";
import type { Attributes } from "#actors/api-server/authorizer.ts";
import { FLOW_SCHEMAS, PRIORITY_LEVELS } from "#actors/api-server/flow/defaults.ts";
import { FlowControl, TurnedAway, type Ticket } from "#actors/api-server/flow/flow-control.ts";
import { bySchemaOrder, schemaMatches } from "#actors/api-server/flow/match.ts";
import { flowSchemas } from "#api/flowcontrol/v1/flow-schema.ts";
import { priorityLevelConfigurations } from "#api/flowcontrol/v1/priority-level-configuration.ts";
import type { User } from "#lib/api.ts";
import { SimulatedClock } from "#test/support/simulated-clock.ts";
import { suite } from "#test/support/suite.ts";
import { MemoryObjects } from "../memory-objects.ts";

const test = suite("flow/flow-control");

const userOf = (name: string, ...groups: string[]): User => ({ name, groups: [...groups, "system:authenticated"] });
const get = (resource: string, namespace = "default", group = ""): Attributes => ({
  verb: "get",
  group,
  version: "v1",
  resource,
  namespace,
});
const never = new AbortController().signal;

const schemaOf = (user: User, attributes: Attributes): string | undefined =>
  FLOW_SCHEMAS.toSorted(bySchemaOrder).find((schema) => schemaMatches(schema, user, attributes))?.metadata?.name;

test("requests are placed as upstream's default schemas place them", () => {
  const node = userOf("system:node:worker-1", "system:nodes");
  const account = (namespace: string, name: string): User => userOf(`system:serviceaccount:${namespace}:${name}`, "system:serviceaccounts");
  const lease = get("leases", "kube-system", "coordination.k8s.io");
  const cases: readonly (readonly [User, Attributes, string])[] = [
    [userOf("admin", "system:masters"), get("pods"), "exempt"],
    [userOf("alice"), get("pods"), "global-default"],
    [userOf("alice"), { verb: "get", path: "/healthz" }, "probes"],
    [userOf("alice"), { verb: "get", path: "/metrics" }, "global-default"],
    [node, lease, "system-node-high"],
    [node, { ...get("nodes", ""), subresource: "status" }, "system-node-high"],
    [node, get("pods"), "system-nodes"],
    [userOf("system:kube-scheduler"), lease, "system-leader-election"],
    [userOf("system:kube-scheduler"), get("pods"), "kube-scheduler"],
    [account("kube-system", "endpoint-controller"), get("endpoints"), "endpoint-controller"],
    [account("kube-system", "deployment-controller"), get("pods"), "kube-system-service-accounts"],
    [account("default", "default"), get("pods"), "service-accounts"],
  ];
  for (const [user, attributes, expected] of cases)
    assert.is(schemaOf(user, attributes), expected, `${user.name} ${JSON.stringify(attributes)}`);
});

/** Flow control over the default objects and one level more: `seats` for bots, and a queue each of `length`. */
const setUp = ({ seats = 1, length = 2 } = {}) => {
  const objects = new MemoryObjects();
  const clock = new SimulatedClock();
  for (const level of PRIORITY_LEVELS) objects.put(priorityLevelConfigurations, level);
  for (const schema of FLOW_SCHEMAS) objects.put(flowSchemas, schema);
  const queuing = { queues: 64, handSize: 1, queueLengthLimit: length };
  const limited = { nominalConcurrencyShares: 0, borrowingLimitPercent: undefined, limitResponse: { type: "Queue", queuing } };
  objects.put(priorityLevelConfigurations, { metadata: { name: "bots" }, spec: { type: "Limited", limited } });
  const everything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] };
  objects.put(flowSchemas, {
    metadata: { name: "bots" },
    spec: {
      priorityLevelConfiguration: { name: "bots" },
      matchingPrecedence: 10,
      distinguisherMethod: { type: "ByUser" },
      rules: [{ subjects: [{ kind: "Group", group: { name: "bots" } }], resourceRules: [everything] }],
    },
  });
  const flow = new FlowControl({ objects, clock, seats });
  const metric = (name: string, labels: object = { priority_level: "bots", flow_schema: "bots" }): number | undefined =>
    flow
      .families()
      .find((family) => family.name === `apiserver_flowcontrol_${name}`)
      ?.values.find((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))?.value;
  return { flow, clock, objects, metric };
};

const bot = (name: string): User => userOf(name, "bots");
const now = (entered: Ticket | Promise<Ticket>): Ticket => {
  if (entered instanceof Promise) throw new Error("it waits");
  return entered;
};

/** How many of a bot's requests run at once. */
const fill = (flow: FlowControl): Ticket[] => {
  const running: Ticket[] = [];
  for (;;) {
    const entered = flow.enter(bot("filler"), get("pods"), never);
    if (entered instanceof Promise) {
      entered.then(
        (ticket) => ticket.leave(),
        () => undefined,
      );
      return running;
    }
    running.push(entered);
  }
};

test("who finds no seat waits, and runs when one is free", async () => {
  const { flow, metric } = setUp({ seats: 20 });
  const running = fill(flow);
  assert.ok(running.length > 0);
  const entering = flow.enter(bot("a"), get("pods"), never);
  assert.instance(entering, Promise);
  assert.equal([metric("current_inqueue_requests"), metric("current_executing_requests")], [2, running.length]);
  for (const ticket of running) ticket.leave();
  (await entering).leave();
  assert.equal([metric("current_inqueue_requests"), metric("current_executing_requests")], [0, 0]);
  assert.is(metric("dispatched_requests_total"), running.length + 2);
});

test("a flow whose queue is full is turned away; another flow is not", () => {
  const { flow, metric } = setUp({ seats: 20, length: 2 });
  fill(flow);
  void flow.enter(bot("filler"), get("pods"), never);
  assert.throws(() => flow.enter(bot("filler"), get("pods"), never), /Too many requests, please try again later/);
  assert.is(metric("rejected_requests_total", { priority_level: "bots", reason: "queue-full" }), 1);
  assert.instance(flow.enter(bot("other"), get("pods"), never), Promise);
});

test("who waits too long, or has gone, is turned away", async () => {
  const { flow, clock, metric } = setUp({ seats: 20, length: 10 });
  const running = fill(flow);
  const leaving = new AbortController();
  const gone = flow.enter(bot("a"), get("pods"), leaving.signal) as Promise<Ticket>;
  const late = flow.enter(bot("b"), get("pods"), never) as Promise<Ticket>;
  leaving.abort();
  const failures = Promise.allSettled([gone, late]);
  await clock.advance(15_000);
  assert.equal(
    (await failures).map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.is(metric("rejected_requests_total", { reason: "cancelled" }), 1);
  assert.is(metric("current_inqueue_requests"), 0);
  for (const ticket of running) ticket.leave();
  assert.is(metric("current_executing_seats"), 0);
});

test("administrators never wait", () => {
  const { flow } = setUp();
  fill(flow);
  for (let at = 0; at < 100; at++) now(flow.enter(userOf("admin", "system:masters"), get("pods"), never));
});

test("a changed level counts for the next request, and who waited is served", async () => {
  const { flow, objects } = setUp({ seats: 20, length: 10 });
  const running = fill(flow);
  const waiting = flow.enter(bot("a"), get("pods"), never) as Promise<Ticket>;
  objects.remove(flowSchemas, { name: "bots" });
  objects.remove(priorityLevelConfigurations, { name: "bots" });
  now(flow.enter(bot("b"), get("pods"), never)).leave(); // by global-default
  for (const ticket of running) ticket.leave();
  (await waiting).leave();
});

test("without its objects a server still places everybody", () => {
  const flow = new FlowControl({ objects: new MemoryObjects(), clock: new SimulatedClock(), seats: 10 });
  now(flow.enter(userOf("alice"), get("pods"), never)).leave();
  now(flow.enter(userOf("admin", "system:masters"), get("pods"), never)).leave();
});

test("who is turned away is told how it was placed, and how long to stay away", async () => {
  const { flow, clock } = setUp({ seats: 20, length: 1 });
  fill(flow);
  const refused = (): TurnedAway => {
    try {
      void flow.enter(bot("filler"), get("pods"), never);
    } catch (error) {
      if (error instanceof TurnedAway) return error;
    }
    throw new Error("it was not turned away");
  };
  const [first] = [refused(), refused(), refused()];
  assert.equal(Object.keys(first?.headers ?? {}), ["X-Kubernetes-PF-FlowSchema-UID", "X-Kubernetes-PF-PriorityLevel-UID"]);
  assert.is(first?.status.details?.retryAfterSeconds, 1);
  await clock.advance(1_000);
  assert.is(refused().status.details?.retryAfterSeconds, 2);
});

test("a list takes as many seats as it weighs, and gives them back", async () => {
  const objects = new MemoryObjects();
  const flow = new FlowControl({ objects, clock: new SimulatedClock(), seats: 10, holdings: () => ({ size: 10, bytes: 300_000 }) });
  const list = { ...get("pods"), verb: "list" };
  const seatsTaken = (): number =>
    flow
      .families()
      .find(({ name }) => name === "apiserver_flowcontrol_current_executing_seats")
      ?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  const first = now(flow.enter(userOf("alice"), list, never));
  assert.is(seatsTaken(), 3);
  first.leave();
  assert.is(seatsTaken(), 0);
});
