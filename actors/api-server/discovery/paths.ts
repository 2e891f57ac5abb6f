// The paths of discovery: /api, /apis and below, /version. Made from the table of kinds, each document once.
import type { Kind } from "#api/kind.ts";
import type { PathHandler, PathRequest } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { aggregated, aggregatedType, aggregatedWanted } from "./aggregated.ts";
import { documentAnswer, documentOf, documents, type Document } from "./document.ts";
import { apiGroup, apiGroupList, apiVersions, groupsOf, resourceList } from "./resources.ts";

export type DiscoveryOptions = {
  readonly scheme: Scheme;
  /** Where clients reach the API server: host and port. */
  readonly address: string;
  readonly version: VersionInfo;
};

/** What `/version` answers. upstream: apimachinery/pkg/version Info */
export type VersionInfo = {
  readonly major: string;
  readonly minor: string;
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly buildDate: string;
  readonly goVersion: string;
  readonly compiler: string;
  /** `linux/amd64` */
  readonly platform: string;
};

type Make = () => Document;

/** Serves discovery. */
export const discoveryPaths = ({ scheme, address, version }: DiscoveryOptions): PathHandler => {
  const made = documents(scheme);
  const roots = new Map<string, Make>([
    ["/api", () => documentOf(apiVersions(scheme.kinds, address))],
    ["/apis", () => documentOf(apiGroupList(scheme.kinds))],
    ["/version", () => documentOf(version)],
  ]);
  let below = belowRoots(scheme.kinds);
  scheme.onChange(() => (below = belowRoots(scheme.kinds)));
  return (request) => {
    const path = request.path.replace(/\/$/, "");
    const make = aggregatedMaker(scheme.kinds, path, request) ?? roots.get(path) ?? below.get(path);
    if (make === undefined) return undefined;
    return documentAnswer(made(`${path} ${aggregatedWanted(request.header("accept")) ?? ""}`, make), request);
  };
};

const belowRoots = (kinds: readonly Kind[]): ReadonlyMap<string, Make> => {
  const makers = new Map<string, Make>();
  for (const group of groupsOf(kinds)) {
    makers.set(`/apis/${group}`, () => documentOf({ kind: "APIGroup", apiVersion: "v1", ...apiGroup(kinds, group) }));
  }
  for (const [path, of] of Map.groupBy(kinds, ({ group, version }) => (group === "" ? `/api/${version}` : `/apis/${group}/${version}`))) {
    makers.set(path, () => documentOf(resourceList(of)));
  }
  return makers;
};

const aggregatedMaker = (kinds: readonly Kind[], path: string, { header }: PathRequest): Make | undefined => {
  if (path !== "/api" && path !== "/apis") return undefined;
  const version = aggregatedWanted(header("accept"));
  return version && (() => documentOf(aggregated(kinds, version, path === "/api"), aggregatedType(version)));
};
