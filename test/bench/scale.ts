// A Deployment from none to 500 replicas, all Ready, as a client over HTTPS sees it.
import { deployments, type Deployment } from "#api/apps/v1/deployment.ts";
import { systemClock } from "#lib/clock.ts";
import { Informer } from "#lib/informer.ts";
import { silent } from "#lib/log.ts";
import { systemRandom } from "#lib/random.ts";
import { withCluster } from "./cluster.ts";
import type { Figures } from "./figures.ts";

const REPLICAS = 500;
const LABELS = { app: "bench" };
const REF = { name: "bench", namespace: "default" };

const deployment: Deployment = {
  metadata: REF,
  spec: {
    replicas: 0,
    selector: { matchLabels: LABELS },
    template: {
      metadata: { labels: LABELS },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: "main", image: "orrery.dev/examples/hello:v1", imagePullPolicy: "IfNotPresent" }],
      },
    },
  },
};

/** Measures one scaling up. */
export const run = (): Promise<Figures> =>
  withCluster(async (_, client) => {
    const limit = AbortSignal.timeout(120_000);
    await client.create(deployments, deployment);
    const informer = new Informer<Deployment>({
      client,
      clock: systemClock,
      random: systemRandom,
      logger: silent,
      resource: deployments,
      namespace: "default",
      fieldSelector: "metadata.name=bench",
    });
    informer.start(limit);
    await informer.synced;
    const startedAt = performance.now();
    await client.patch(deployments, REF, { type: "application/merge-patch+json", body: { spec: { replicas: REPLICAS } } });
    await informer.waitUntil(() => informer.list()[0]?.status?.readyReplicas === REPLICAS, limit);
    return [{ what: "0 to 500 replicas Ready", value: (performance.now() - startedAt) / 1000, unit: "s", mark: { atMost: 10 } }];
  });
