// The paths of discovery: /api, /apis and below, /version. Made from the table of kinds, each document once.
import type { Kind } from "#api/kind.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import type { PathHandler } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { aggregated, aggregatedType, aggregatedWanted, FORMS } from "./aggregated.ts";
import { documentAnswer, documentOf, documents, type Document } from "./document.ts";
import { coreGroup, servedGroups, type ServedGroup } from "./groups.ts";
import { apiGroup, apiGroupList, apiVersions, resourceList } from "./resources.ts";

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
  let makers = makersOf(scheme.kinds, address, version);
  scheme.onChange(() => (makers = makersOf(scheme.kinds, address, version)));
  return (request) => {
    const path = request.path.replace(/\/$/, "");
    const form = path === "/api" || path === "/apis" ? aggregatedWanted(request.header("accept")) : undefined;
    const key = form === undefined ? path : `${path} ${form}`;
    const make = makers.get(key);
    return make && documentAnswer(made(key, make), request);
  };
};

const makersOf = (kinds: readonly Kind[], address: string, version: VersionInfo): ReadonlyMap<string, Make> => {
  const [core, groups] = [coreGroup(kinds), servedGroups(kinds, [])];
  return new Map<string, Make>([
    ["/version", () => documentOf(version)],
    ["/api", () => documentOf(apiVersions(core, address))],
    ["/apis", () => documentOf(apiGroupList(groups))],
    ...[core, ...groups].flatMap(groupMakers),
    ...FORMS.flatMap((form): [string, Make][] => [
      [`/api ${form}`, () => documentOf(aggregated([core], form), aggregatedType(form))],
      [`/apis ${form}`, () => documentOf(aggregated(groups, form), aggregatedType(form))],
    ]),
  ]);
};

/** The documents of a group and of its versions; the core group itself has none. */
const groupMakers = (group: ServedGroup): readonly [string, Make][] => [
  ...(group.name === ""
    ? []
    : [[`/apis/${group.name}`, () => documentOf({ kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) })] as [string, Make]]),
  ...group.versions.map(({ version, kinds }): [string, Make] => [
    groupVersionPath({ group: group.name, version }),
    () => documentOf(resourceList(kinds)),
  ]),
];
