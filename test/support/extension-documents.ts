// What the extension server says about itself: discovery in both forms, OpenAPI v2 and v3, and Tables.
import type { KubeObject } from "#api/meta/object.ts";

const GROUP = "greenhouse.example.com";
/** The apiVersion of flowers. */
export const FLOWERS_API = `${GROUP}/v1`;
const VERBS = ["create", "delete", "get", "list", "watch"];
const GVK = { group: GROUP, version: "v1", kind: "Flower" };
const DEFINITION = "com.example.greenhouse.v1.Flower";

const versions = [{ groupVersion: `${GROUP}/v1`, version: "v1" }];
const group = { name: GROUP, versions, preferredVersion: versions[0] };

const resources = [{ name: "flowers", singularName: "flower", namespaced: true, kind: "Flower", verbs: VERBS, shortNames: ["fl"] }];

const DISCOVERY: { readonly [path: string]: unknown } = {
  "/apis": { kind: "APIGroupList", apiVersion: "v1", groups: [group] },
  [`/apis/${GROUP}`]: { kind: "APIGroup", apiVersion: "v1", ...group },
  [`/apis/${GROUP}/v1`]: { kind: "APIResourceList", apiVersion: "v1", groupVersion: `${GROUP}/v1`, resources },
};

const aggregated = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: [
    {
      metadata: { name: GROUP, creationTimestamp: null },
      versions: [
        {
          version: "v1",
          freshness: "Current",
          resources: [
            { resource: "flowers", responseKind: GVK, scope: "Namespaced", singularResource: "flower", verbs: VERBS, shortNames: ["fl"] },
          ],
        },
      ],
    },
  ],
};

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const flower = {
  type: "object",
  description: "Flower is what grows in a greenhouse.",
  "x-kubernetes-group-version-kind": [GVK],
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { type: "object" },
    spec: { type: "object", description: "How it looks.", properties: { colour: { type: "string", description: "Of its petals." } } },
  },
};

/** The paths of a document whose answers are described so. */
const pathsWith = (answer: object) => ({
  [`/apis/${GROUP}/v1/flowers`]: {
    get: {
      operationId: "listGreenhouseV1Flower",
      "x-kubernetes-action": "list",
      "x-kubernetes-group-version-kind": GVK,
      produces: ["application/json"],
      responses: { 200: { description: "OK", ...answer } },
    },
  },
});

const ANSWER_2 = { schema: { $ref: `#/definitions/${DEFINITION}` } };
const ANSWER_3 = { content: { "application/json": { schema: { $ref: `#/components/schemas/${DEFINITION}` } } } };

/** A document of OpenAPI v3. */
const openApiV3 = (at: string): unknown => {
  if (at === "/openapi/v3") return { paths: { [`apis/${GROUP}/v1`]: { serverRelativeURL: `/openapi/v3/apis/${GROUP}/v1?hash=1` } } };
  if (at !== `/openapi/v3/apis/${GROUP}/v1`) return undefined;
  return {
    openapi: "3.0.0",
    info: { title: "greenhouse", version: "v1" },
    paths: pathsWith(ANSWER_3),
    components: { schemas: { [DEFINITION]: flower } },
  };
};

/** The document of OpenAPI v2. */
const openApiV2 = (at: string): unknown =>
  at === "/openapi/v2"
    ? { swagger: "2.0", info: { title: "greenhouse", version: "v1" }, paths: pathsWith(ANSWER_2), definitions: { [DEFINITION]: flower } }
    : undefined;

/** What the server says about itself at a path; undefined: nothing. */
export const documentAt = (at: string, accept = ""): { readonly value: unknown; readonly contentType?: string } | undefined => {
  if (at === "/apis" && accept.includes("g=apidiscovery.k8s.io")) return { value: aggregated, contentType: AGGREGATED };
  const value = DISCOVERY[at] ?? openApiV3(at) ?? openApiV2(at);
  return value === undefined ? undefined : { value };
};

/** True when a client wants a Table. */
export const wantsTable = (accept = ""): boolean => accept.includes("as=Table");

const cells = ({ metadata, ...rest }: KubeObject): readonly unknown[] => [
  metadata?.name,
  (rest as { readonly spec?: { readonly colour?: string } }).spec?.colour ?? "",
];

/** Flowers as kubectl prints them. */
export const tableOf = (flowers: readonly KubeObject[], revision: number) => ({
  kind: "Table",
  apiVersion: "meta.k8s.io/v1",
  metadata: { resourceVersion: String(revision) },
  columnDefinitions: [
    { name: "Name", type: "string", format: "name", description: "", priority: 0 },
    { name: "Colour", type: "string", format: "", description: "", priority: 0 },
  ],
  rows: flowers.map((one) => ({
    cells: cells(one),
    object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: one.metadata },
  })),
});
