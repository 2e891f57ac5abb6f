// The API server as its HTTPS clients see it: the HTTPS server with all that is served beside resources.
import type { Clock } from "#lib/clock.ts";
import type { ApiHandler } from "#lib/api.ts";
import type { ClusterNetwork } from "#lib/cluster-network.ts";
import type { Logger } from "#lib/log.ts";
import type { NodeTransport } from "#lib/node-api.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import type { Random } from "#lib/random.ts";
import type { Delegates } from "./aggregation/delegates.ts";
import type { Auditor } from "./audit/auditor.ts";
import { createConnections } from "./connections.ts";
import type { FrontProxyTrust } from "./authn/certificate.ts";
import { openidPaths } from "./authn/openid.ts";
import { openApiPaths } from "./discovery/openapi.ts";
import { loadOpenApi } from "./discovery/openapi-documents.ts";
import { discoveryPaths, type VersionInfo } from "./discovery/paths.ts";
import { Priorities } from "./discovery/priorities.ts";
import { NO_REMOTES, type Remotes } from "./discovery/remotes.ts";
import type { FlowControl } from "./flow/flow-control.ts";
import type { Guards } from "./guards.ts";
import { HealthCounts } from "./health/counts.ts";
import { healthPaths, type HealthChecks } from "./health/paths.ts";
import { firstHandler, jsonAnswer, type PathHandler } from "./https/path-handler.ts";
import { createHttpsServer, type HttpsServer } from "./https/server.ts";
import { metricsPaths, type Collector } from "./metrics/paths.ts";
import { RequestCounts } from "./metrics/request-counts.ts";
import type { ObjectSource } from "./objects.ts";
import type { Scheme } from "./scheme.ts";
import type { ApiServer } from "./server.ts";

export type FrontOptions = {
  /** The core. */
  readonly handler: ApiHandler;
  /** Lets requests in to what is behind objects. */
  readonly connect: ApiServer["connect"];
  readonly nodes: NodeTransport;
  readonly network: ClusterNetwork;
  /** The cluster's objects, from memory. */
  readonly objects: ObjectSource;
  readonly flow: FlowControl;
  readonly audit?: Auditor | undefined;
  readonly guards: Pick<Guards, "authenticator" | "authorizer">;
  readonly scheme: Scheme;
  /** Knows which paths other API servers answer. */
  readonly delegates?: Delegates | undefined;
  /** What other API servers serve; undefined: there are none. */
  readonly remotes?: Remotes | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly serving: Credentials;
  /** PEM of the authority that signs client certificates. */
  readonly clientAuthority: string;
  /** Who may name users in headers; undefined: nobody. */
  readonly frontProxy?: FrontProxyTrust | undefined;
  /** Where clients reach the server: host and port. */
  readonly address: string;
  readonly version: VersionInfo;
  /** Of service account tokens; `publicKey` is PEM. */
  readonly tokens: { readonly issuer: string; readonly publicKey: string };
  readonly health: HealthChecks;
  /** Metrics beside those of requests. */
  readonly collectors?: readonly Collector[] | undefined;
};

const ROOTS = [
  "/.well-known/openid-configuration",
  "/api",
  "/apis",
  "/healthz",
  "/livez",
  "/metrics",
  "/metrics/slis",
  "/openapi/v2",
  "/openapi/v3",
  "/openid/v1/jwks",
  "/readyz",
  "/version",
];

const rootPath: PathHandler = ({ path }) => (path === "/" ? jsonAnswer(200, { paths: ROOTS }) : undefined);

/** The front of an API server; `listen` starts it. */
export const createFront = (options: FrontOptions): HttpsServer => {
  const { scheme, remotes = NO_REMOTES, version, address, clock, health, tokens } = options;
  const counts = new RequestCounts(scheme, clock);
  const healthCounts = new HealthCounts();
  return createHttpsServer({
    handler: options.handler,
    flow: options.flow,
    audit: options.audit,
    authenticator: options.guards.authenticator,
    authorizer: options.guards.authorizer,
    metrics: counts,
    clock,
    random: options.random,
    log: options.log,
    serving: options.serving,
    clientAuthority: options.clientAuthority,
    frontProxy: options.frontProxy,
    connections: createConnections(options),
    delegates: options.delegates,
    paths: firstHandler([
      discoveryPaths({ scheme, remotes, priorities: new Priorities(options.objects), address, version }),
      healthPaths(health, healthCounts),
      openApiPaths({ scheme, remotes, gitVersion: version.gitVersion, load: () => loadOpenApi(scheme, version.gitVersion) }),
      openidPaths({ issuer: tokens.issuer, base: `https://${address}`, publicKey: tokens.publicKey }),
      metricsPaths([() => counts.families(), () => options.flow.families(), ...(options.collectors ?? [])], () => healthCounts.families()),
      rootPath,
    ]),
  });
};
