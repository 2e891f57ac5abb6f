// Somebody who tries what he may not: a kubelet that reaches beyond its node, an account without rights, nobody at all, and
// people with rights who send what is not valid. A1, A2: none of it is ever acknowledged.
import { configMaps } from "#api/core/v1/config-map.ts";
import { nodes } from "#api/core/v1/node.ts";
import { pods } from "#api/core/v1/pod.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { deployments } from "#api/apps/v1/deployment.ts";
import type { User } from "#lib/api.ts";
import type { Client } from "#lib/client.ts";
import { aDeployment, aNode, aPod } from "#test/support/objects.ts";
import { ADMIN } from "./cluster.ts";
import { between, oneOf } from "./draw.ts";
import type { Life } from "./process.ts";
import { Violation } from "./world.ts";

type Attempt = {
  readonly invariant: "A1" | "A2";
  readonly what: string;
  readonly as: User;
  readonly act: (client: Client) => Promise<unknown>;
};

const NODE: User = { name: "system:node:worker-9", groups: ["system:nodes", "system:authenticated"] };
const POWERLESS: User = { name: "somebody", groups: ["system:authenticated"] };
const NOBODY: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const NAMESPACE = "default";

const strange = (name: string) => ({ metadata: { namespace: NAMESPACE, name } });

const ATTEMPTS: readonly Attempt[] = [
  { invariant: "A1", what: "a kubelet changed another's Node", as: NODE, act: (client) => client.update(nodes, aNode()) },
  { invariant: "A1", what: "a kubelet deleted another's Node", as: NODE, act: (client) => client.delete(nodes, { name: "worker-1" }) },
  { invariant: "A1", what: "a kubelet made a Secret", as: NODE, act: (client) => client.create(secrets, strange("stolen")) },
  {
    invariant: "A1",
    what: "a kubelet made a pod for another node",
    as: NODE,
    act: (client) => client.create(pods, aPod({ spec: { nodeName: "worker-1" } })),
  },
  {
    invariant: "A1",
    what: "somebody deleted the Deployment",
    as: POWERLESS,
    act: (client) => client.delete(deployments, { namespace: NAMESPACE, name: "web" }),
  },
  { invariant: "A1", what: "somebody made a ConfigMap", as: POWERLESS, act: (client) => client.create(configMaps, strange("graffiti")) },
  {
    invariant: "A1",
    what: "nobody made a pod",
    as: NOBODY,
    act: (client) => client.create(pods, aPod({ metadata: { name: "of-nobody" } })),
  },
  {
    invariant: "A1",
    what: "nobody deleted all pods",
    as: NOBODY,
    act: (client) => client.deleteCollection(pods, { namespace: NAMESPACE }),
  },
  {
    invariant: "A2",
    what: "a pod without containers was accepted",
    as: ADMIN,
    act: (client) => client.create(pods, aPod({ metadata: { name: "empty" }, spec: { containers: [] } })),
  },
  {
    invariant: "A2",
    what: "a Deployment of less than nothing was accepted",
    as: ADMIN,
    act: (client) => client.create(deployments, aDeployment({ metadata: { name: "less" }, spec: { replicas: -1 } })),
  },
  { invariant: "A2", what: "a name that is none was accepted", as: ADMIN, act: (client) => client.create(configMaps, strange("No Name")) },
];

/** Boots the process. */
export const bootIntruder =
  (violated: (violation: Violation) => void) =>
  ({ clock, connect, random }: Life): void => {
    const clients = new Map([NODE, POWERLESS, NOBODY, ADMIN].map((user) => [user, connect(user)]));
    const again = (): void => {
      const { invariant, what, as, act } = oneOf(random, ATTEMPTS);
      const client = clients.get(as);
      if (client !== undefined)
        void act(client).then(
          () => violated(new Violation(invariant, what)),
          () => undefined,
        );
      clock.setTimeout(again, between(random, 1_000, 30_000));
    };
    again();
  };
