// A whole API server in one process, on the store in memory: for tests over HTTPS, and to point kubectl at.
import { createAggregator } from "#actors/api-server/aggregation/aggregator.ts";
import { FollowedRemotes } from "#actors/api-server/discovery/remotes.ts";
import { createFront } from "#actors/api-server/front.ts";
import { createGuards, type Guards } from "#actors/api-server/guards.ts";
import { defaultConfig, type ApiServerConfig } from "#actors/api-server/ports.ts";
import { Scheme } from "#actors/api-server/scheme.ts";
import { HttpsWebhookCaller } from "#actors/api-server/webhooks/https-caller.ts";
import { SELF } from "#actors/api-server/requests.ts";
import { createApiServer, type ApiServer } from "#actors/api-server/server.ts";
import { MemoryStore } from "#actors/store/memory.ts";
import { ignoreNotFound } from "#api/meta/status.ts";
import { clusterRoleBindings } from "#api/rbac/v1/cluster-role-binding.ts";
import { clusterRoles } from "#api/rbac/v1/cluster-role.ts";
import { kinds } from "#api/resources.ts";
import { Client } from "#lib/client.ts";
import { systemClock } from "#lib/clock.ts";
import { writeKubeconfig } from "#lib/https/kubeconfig.ts";
import { silent, type Logger } from "#lib/log.ts";
import { MemoryTransport } from "#lib/memory-transport.ts";
import { createAuthority } from "#lib/pki/authority.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import { systemRandom } from "#lib/random.ts";

const issuer = "https://kubernetes.default.svc.cluster.local";
const base = { clock: systemClock, random: systemRandom };

/** The version that the tests' server says it is. */
export const version = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.0+orrery.0.1.0",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: process.version,
  compiler: "v8",
  platform: "linux/amd64",
};

const NO_NODES: NodeTransport = { stream: async () => undefined };

const NETWORK = { ranges: ["127.0.0.0/8"], mayBindLow: false };

const aggregationOf = async (server: ApiServer, options: { readonly log: Logger; readonly clientAuthority: string }) => {
  const authority = await createAuthority("front-proxy-ca", base);
  const frontProxy = { authority: authority.credentials.certificate, names: ["front-proxy-client"] };
  const aggregator = createAggregator({
    ...base,
    log: options.log,
    network: NETWORK,
    objects: server.objects,
    client: new Client(new MemoryTransport({ handler: server, user: SELF })),
    frontProxyClient: await authority.client({ name: "front-proxy-client" }),
    trust: { clientAuthority: options.clientAuthority, frontProxy },
    builtIn: kinds,
  });
  const remotes = new FollowedRemotes({ ...base, log: options.log, servers: aggregator.servers });
  return { aggregator, frontProxy, remotes };
};

type DevServerOptions = {
  readonly log?: Logger;
  readonly port?: number;
  readonly nodes?: NodeTransport;
  readonly config?: Partial<ApiServerConfig>;
};

/** Starts a server on loopback, all of which is the cluster's. */
export const startDevServer = async ({ log = silent, port = 0, nodes = NO_NODES, config = {} }: DevServerOptions = {}) => {
  const authority = await createAuthority("kubernetes", base);
  const signingKey = await createSigningKey();
  let guards: Guards | undefined;
  const scheme = new Scheme(kinds);
  const server = createApiServer({
    ...base,
    store: new MemoryStore(),
    log,
    scheme,
    webhooks: new HttpsWebhookCaller(base.clock),
    nodes,
    config: { ...defaultConfig, ...config },
    guards: (objects) => (guards = createGuards(objects, { ...base, issuer, signingKey })),
  });
  if (guards === undefined) throw new Error("no guards");
  const { aggregator, frontProxy, remotes } = await aggregationOf(server, { log, clientAuthority: authority.credentials.certificate });
  await server.ready;
  const serving = await authority.serving({ name: "kube-apiserver", dns: ["localhost"], ips: ["127.0.0.1"] });
  const front = createFront({
    ...base,
    handler: server,
    connect: server.connect.bind(server),
    nodes,
    network: NETWORK,
    objects: server.objects,
    flow: server.flow,
    guards,
    scheme,
    log,
    serving,
    clientAuthority: authority.credentials.certificate,
    frontProxy,
    delegates: aggregator.delegates,
    remotes,
    address: "127.0.0.1:6443",
    version,
    tokens: { issuer, publicKey: signingKey.publicKey },
    health: { live: [], ready: [{ name: "store", check: () => (server.state === "serving" ? undefined : server.state) }] },
  });
  const listening = await front.listen("127.0.0.1", port);
  const access = { server: `https://127.0.0.1:${listening}`, certificateAuthority: authority.credentials.certificate };
  const admin = await authority.client({ name: "kubernetes-admin", groups: ["system:masters"] });
  return {
    port: listening,
    /** What stands behind the door. */
    handler: server,
    access: { ...access, client: admin },
    serving: { cert: serving.certificate, key: serving.key },
    /** TLS options of any user's client. */
    clientOf: async (name: string, groups: readonly string[] = []) => ({ ...access, client: await authority.client({ name, groups }) }),
    /** Other API servers; nothing is kept and looked after before it is run. */
    aggregator,
    /** What they say of themselves. */
    remotes,
    /** Gives a user these rights, and no others, to what is in the core group. */
    allow: async (user: string, verbs: readonly string[], resources: readonly string[]) => {
      const client = new Client(new MemoryTransport({ handler: server, user: { name: "admin", groups: ["system:masters"] } }));
      const [metadata, subject] = [{ name: user }, { apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: user };
      await client.delete(clusterRoles, metadata).catch(ignoreNotFound);
      await client.create(clusterRoles, { metadata, rules: [{ apiGroups: [""], resources, verbs }] });
      await client.delete(clusterRoleBindings, metadata).catch(ignoreNotFound);
      await client.create(clusterRoleBindings, { metadata, roleRef, subjects: [subject] });
    },
    kubeconfig: writeKubeconfig({ cluster: "orrery", user: "admin", ...access, client: admin }),
    stop: async () => {
      remotes.close();
      await front.stop(1_000);
      await server.close();
    },
  };
};
