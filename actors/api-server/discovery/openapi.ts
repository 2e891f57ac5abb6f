// The paths of OpenAPI. A document is large and few clients ask for one, so it is made when it is asked for, and kept.
// upstream: kube-openapi/pkg/{handler,handler3}
import { createHash } from "node:crypto";
import type { JsonObject } from "#api/meta/json.ts";
import { openapiPath } from "#api/schema/openapi-operations.ts";
import { failure } from "#api/meta/status.ts";
import type { ApiResponse } from "#lib/api.ts";
import type { PathHandler, PathRequest } from "../https/path-handler.ts";
import type { Scheme } from "../scheme.ts";
import { documentAnswer, documentOf, kept, documentOfBytes, documents, type Document, type Documents } from "./document.ts";
import { remoteAt, remoteDocument, remotePlaces, swaggersOf } from "./remote-openapi.ts";
import type { Remotes } from "./remotes.ts";

/** Makes the documents of OpenAPI. */
export interface OpenApi {
  /** The OpenAPI v3 document of a group and version. */
  v3(of: { readonly group: string; readonly version: string }): unknown;
  /** The OpenAPI v2 document of everything, with what other servers add. */
  v2(added: readonly JsonObject[]): JsonObject;
  /** The same as Protobuf. */
  v2Protobuf(added: readonly JsonObject[]): Uint8Array;
}

export type OpenApiOptions = {
  readonly scheme: Scheme;
  readonly remotes: Remotes;
  /** Documents change only with it and with the kinds. */
  readonly gitVersion: string;
  readonly load: () => Promise<OpenApi>;
};

const ROOT = "/openapi/v3";

/** Serves `/openapi/v2`, `/openapi/v3` and the documents below it. */
export const openApiPaths = ({ scheme, remotes, gitVersion, load }: OpenApiOptions): PathHandler => {
  const [own, merged] = [documents(scheme), documents(scheme, remotes)];
  let places = placesOf(scheme, gitVersion);
  scheme.onChange(() => (places = placesOf(scheme, gitVersion)));
  const answer = async (made: Documents, request: PathRequest, forms: readonly Form[]): Promise<ApiResponse> => {
    const form = formFor(request.header("accept"), forms);
    const openApi = await load();
    const document = made(`${request.path} ${form.media}`, () => form.make(openApi));
    return documentAnswer(document, request);
  };
  const index = (): Document => documentOf(indexOf(places, remotes));
  return (request) => {
    if (request.path === ROOT) return documentAnswer(merged(ROOT, index), request);
    if (request.path === "/openapi/v2") return answer(merged, request, v2Forms(scheme, remotes));
    const place = request.path.startsWith(`${ROOT}/`) ? request.path.slice(ROOT.length + 1) : "";
    const remote = remoteAt(remotes, place);
    if (remote !== undefined) return remoteDocument(remotes, [remote, place], request);
    const of = places.get(place);
    if (of === undefined) return undefined;
    const isNamed = request.query.get("hash") === of.hash();
    return answer(own, request, [jsonForm((openApi) => openApi.v3(of))]).then((found) => (isNamed ? kept(found) : found));
  };
};

const indexOf = (places: ReadonlyMap<string, Place>, remotes: Remotes): JsonObject => ({
  paths: {
    ...Object.fromEntries([...places].map(([place, { hash }]) => [place, { serverRelativeURL: `${ROOT}/${place}?hash=${hash()}` }])),
    ...remotePlaces(remotes),
  },
});

/** A document's group and version, and a text that is another when the document is: clients keep documents by it for ever. */
type Place = { readonly group: string; readonly version: string; readonly hash: () => string };

const placesOf = ({ kinds }: Scheme, gitVersion: string): ReadonlyMap<string, Place> => {
  const byPlace = Map.groupBy(kinds, openapiPath);
  return new Map(
    Array.from(byPlace, ([place, [first, ...rest]]) => {
      const { group = "", version = "" } = first ?? {};
      return [place, { group, version, hash: once(() => hashOf(gitVersion, [first, ...rest])) }];
    }),
  );
};

const hashOf = (gitVersion: string, kinds: readonly unknown[]): string =>
  createHash("sha256")
    .update(`${gitVersion} ${JSON.stringify(kinds)}`)
    .digest("hex")
    .slice(0, 32)
    .toUpperCase();

const once = (make: () => string): (() => string) => {
  let made: string | undefined;
  return () => (made ??= make());
};

/** A form in which a document is served. */
type Form = { readonly media: string; readonly make: (openApi: OpenApi) => Document };

const JSON_TYPE = "application/json";
const PROTOBUF = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/** What clients up to client-go 0.26 say; no valid media type, and answered by the valid one. */
const OLD_PROTOBUF = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

const jsonForm = (make: (openApi: OpenApi) => unknown): Form => ({ media: JSON_TYPE, make: (openApi) => documentOf(make(openApi)) });

const v2Forms = (scheme: Scheme, remotes: Remotes): readonly Form[] => [
  jsonForm((openApi) => openApi.v2(swaggersOf(scheme, remotes))),
  { media: PROTOBUF, make: (openApi) => documentOfBytes(openApi.v2Protobuf(swaggersOf(scheme, remotes)), PROTOBUF) },
];

/** The first form that the client names. Throws: NotAcceptable. */
const formFor = (accept: string | undefined, forms: readonly Form[]): Form => {
  for (const clause of (accept || "*/*").split(",")) {
    const media = (clause.split(";", 1)[0] ?? "").trim().replace(OLD_PROTOBUF, PROTOBUF);
    const form = forms.find((one) => one.media === media || media === "*/*" || media === "application/*");
    if (form !== undefined) return form;
  }
  throw failure("NotAcceptable", `only the following media types are accepted: ${forms.map(({ media }) => media).join(", ")}`);
};
