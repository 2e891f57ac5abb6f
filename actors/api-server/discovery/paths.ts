// The paths of discovery: /api, /apis and below, /version. Made from the table of kinds, each document once.
import { failure } from "#api/meta/status.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import type { PathHandler } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { aggregatedType, aggregatedWanted, FORMS, type AggregatedForm } from "./aggregated-type.ts";
import { aggregated } from "./aggregated.ts";
import { documentAnswer, documentOf, documents, type Document } from "./document.ts";
import { coreGroup, servedGroups, type ServedGroup, type ServedVersion } from "./groups.ts";
import type { Priorities } from "./priorities.ts";
import type { Remotes } from "./remotes.ts";
import { apiGroup, apiGroupList, apiVersions, resourceList } from "./resources.ts";

export type DiscoveryOptions = {
  readonly scheme: Scheme;
  readonly remotes: Remotes;
  readonly priorities: Priorities;
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
export const discoveryPaths = (options: DiscoveryOptions): PathHandler => {
  const sources = [options.scheme, options.remotes, options.priorities];
  const made = documents(...sources);
  let makers: ReadonlyMap<string, Make> | undefined;
  for (const source of sources) source.onChange(() => (makers = undefined));
  return (request) => {
    const path = request.path.replace(/\/$/, "");
    const form = path === "/api" || path === "/apis" ? aggregatedWanted(request.header("accept")) : undefined;
    const key = form === undefined ? path : `${path} ${form}`;
    makers ??= makersOf(options);
    const make = makers.get(key);
    if (make === undefined && isOwn(options.scheme, path))
      throw failure("NotFound", "the server could not find the requested resource", {});
    return make && documentAnswer(made(key, make), request);
  };
};

/** Below what this server itself has, custom resources apart. upstream: apiserver/pkg/server/handler.go director.ServeHTTP */
const isOwn = ({ kinds }: Scheme, path: string): boolean => {
  const [, prefix, group] = path.split("/");
  if (prefix !== "apis") return prefix === "api" || prefix === "version";
  return kinds.some((kind) => kind.group === group && kind.codec === undefined);
};

const makersOf = ({ scheme: { kinds }, remotes, priorities, address, version }: DiscoveryOptions): ReadonlyMap<string, Make> => {
  const [core, groups] = [coreGroup(kinds), servedGroups(kinds, remotes.versions, priorities.of)];
  const all = (of: readonly ServedGroup[], form: AggregatedForm): Make => {
    return () => documentOf(aggregated(of, form, remotes), aggregatedType(form));
  };
  return new Map<string, Make>([
    ["/version", () => documentOf(version)],
    ["/api", () => documentOf(apiVersions(core, address))],
    ["/apis", () => documentOf(apiGroupList(groups))],
    ...groups.map((group): [string, Make] => [`/apis/${group.name}`, () => documentOf(groupDocument(group))]),
    ...[core, ...groups].flatMap(({ versions }) => versions.flatMap(versionMaker)),
    ...FORMS.flatMap((form): [string, Make][] => [
      [`/api ${form}`, all([core], form)],
      [`/apis ${form}`, all(groups, form)],
    ]),
  ]);
};

const groupDocument = (group: ServedGroup) => ({ kind: "APIGroup", apiVersion: "v1", ...apiGroup(group) });

/** What another server answers for, it lists itself. */
const versionMaker = (version: ServedVersion): readonly [string, Make][] =>
  version.remote === undefined ? [[groupVersionPath(version), () => documentOf(resourceList(version.kinds))]] : [];
