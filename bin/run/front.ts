// What the API server's front serves beside resources: discovery, OpenAPI, health, metrics, the tokens' keys.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openidPaths } from "#actors/api-server/authn/openid.ts";
import { openApiPaths, type OpenApi } from "#actors/api-server/discovery/openapi.ts";
import { discoveryPaths, type VersionInfo } from "#actors/api-server/discovery/paths.ts";
import { healthPaths, type HealthCheck } from "#actors/api-server/health/paths.ts";
import { firstHandler } from "#actors/api-server/https/path-handler.ts";
import { metricsPaths } from "#actors/api-server/metrics/paths.ts";
import { RequestCounts } from "#actors/api-server/metrics/request-counts.ts";
import type { ApiServer } from "#actors/api-server/server.ts";
import { kinds } from "#api/resources.ts";
import { VERSION } from "../version.ts";
import type { Process } from "./process.ts";

const GENERATED = join(import.meta.dirname, "..", "..", "api", "generated");

/** The Kubernetes release that is served, with our own version. */
const versionOf = (buildDate: string): VersionInfo => ({
  major: "1",
  minor: "36",
  gitVersion: `v1.36.0+orrery.${VERSION}`,
  gitCommit: "",
  gitTreeState: "clean",
  buildDate,
  goVersion: `node ${process.version}`,
  compiler: "v8",
  platform: `${process.platform}/${process.arch === "x64" ? "amd64" : process.arch}`,
});

/** OpenAPI is loaded when somebody asks for it: the documentation is large. */
const loadOpenApi = async ({ gitVersion }: VersionInfo): Promise<OpenApi> => {
  const { openapiV2, openapiV3 } = await import("#api/schema/openapi.ts");
  const docs = JSON.parse(readFileSync(join(GENERATED, "docs.json"), "utf8")) as Parameters<typeof openapiV2>[1]["docs"];
  const options = { docs, info: { title: "Kubernetes", version: gitVersion } };
  return { v3: (of) => openapiV3(kinds, of, options), v2: () => openapiV2(kinds, options) };
};

/** The parts of the front that are not resources. */
export const frontParts = ({ definition, layout, clock }: Process, server: ApiServer) => {
  const version = versionOf(definition.createdAt);
  const metrics = new RequestCounts(kinds, clock);
  const store: HealthCheck = { name: "store", check: () => (server.state === "serving" ? undefined : `the API server is ${server.state}`) };
  const publicKey = readFileSync(join(layout.pki, "sa.pub"), "utf8");
  const address = `127.0.0.1:${definition.apiPort}`;
  const paths = firstHandler([
    discoveryPaths({ kinds, address, version }),
    openApiPaths({ kinds, gitVersion: version.gitVersion, load: () => loadOpenApi(version) }),
    healthPaths({ live: [], ready: [store] }),
    metricsPaths([() => metrics.families()]),
    openidPaths({ issuer: ISSUER, base: `https://${address}`, publicKey }),
  ]);
  return { paths, metrics };
};

/** Who signs service account tokens. */
export const ISSUER = "https://kubernetes.default.svc.cluster.local";
