// The operations on resources, independent of the version of the document that lists them. kubectl reads from them which
// paths a kind has and whether a verb understands `dryRun` and `fieldValidation`.
// upstream: apiserver/pkg/endpoints/installer.go
import type { Kind, Subresource } from "#api/kind.ts";
import { listModel } from "./openapi-names.ts";

type Method = "get" | "put" | "post" | "delete" | "patch";
type Action = "get" | "list" | "post" | "put" | "patch" | "delete" | "deletecollection" | "connect";

/** What a body or an answer holds: a model, any text, or nothing. */
export type Content = { readonly model: string } | "text" | undefined;

export type Operation = {
  readonly path: string;
  readonly method: Method;
  readonly action: Action;
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly query: readonly string[];
  readonly body: Content;
  readonly answer: Content;
};

const WRITE = ["dryRun", "fieldManager", "fieldValidation"];
const LIST = `allowWatchBookmarks continue fieldSelector labelSelector limit resourceVersion resourceVersionMatch sendInitialEvents
timeoutSeconds watch`.split(/\s+/);
const DELETE = [
  "dryRun",
  "gracePeriodSeconds",
  "ignoreStoreReadErrorWithClusterBreakingPotential",
  "orphanDependents",
  "propagationPolicy",
];
const LOG = `container follow insecureSkipTLSVerifyBackend limitBytes previous sinceSeconds stream tailLines timestamps`.split(/\s+/);
const CONNECT: { readonly [subresource: string]: readonly string[] } = {
  attach: ["container", "stderr", "stdin", "stdout", "tty"],
  exec: ["command", "container", "stderr", "stdin", "stdout", "tty"],
  portforward: ["ports"],
  proxy: ["path"],
};

/** The query parameters of each action. */
const QUERY: { readonly [action in Action]: readonly string[] } = {
  get: [],
  list: LIST,
  post: WRITE,
  put: WRITE,
  patch: [...WRITE, "force"],
  delete: DELETE,
  deletecollection: [...new Set([...DELETE, ...LIST])].filter((name) => name !== "allowWatchBookmarks" && name !== "watch"),
  connect: [],
};

const METHODS: { readonly [action in Exclude<Action, "connect">]: Method } = {
  get: "get",
  list: "get",
  post: "post",
  put: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
};

const ID_VERBS: { readonly [action in Exclude<Action, "connect" | "deletecollection">]: string } = {
  get: "read",
  list: "list",
  post: "create",
  put: "replace",
  patch: "patch",
  delete: "delete",
};

const ITEM_ACTIONS = [
  ["get", "get"],
  ["update", "put"],
  ["patch", "patch"],
  ["delete", "delete"],
] as const;

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** `RbacAuthorizationV1` */
const idGroup = ({ group, version }: Kind): string => {
  const words = group === "" ? ["core"] : group.replace(/\.k8s\.io$/, "").split(".");
  return `${words.map(capital).join("")}${capital(version)}`;
};

const tagOf = ({ group, version }: Kind): string => {
  const [first = "", ...rest] = group === "" ? ["core"] : group.replace(/\.k8s\.io$/, "").split(".");
  return `${first}${rest.map(capital).join("")}_${version}`;
};

/** `/api/v1` or `/apis/apps/v1`. */
export const groupVersionPath = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;

/** `api/v1`, `apis/apps/v1`: how the index of version 3 calls the document of a group and version. */
export const openapiPath = (groupVersion: { readonly group: string; readonly version: string }): string =>
  groupVersionPath(groupVersion).slice(1);

const collectionPath = (kind: Kind): string =>
  `${groupVersionPath(kind)}${kind.namespaced ? "/namespaces/{namespace}" : ""}/${kind.resource}`;

type Draft = Pick<Operation, "path" | "action" | "body" | "answer"> & {
  /** What follows the verb, group and version in the id. */
  readonly subject: string;
  readonly of?: Operation["kind"];
  readonly query?: readonly string[];
};

const about = ({ group, version, kind }: Operation["kind"]): Operation["kind"] => ({ group, version, kind });

const operation = (
  kind: Kind,
  { action, subject, of, query, ...rest }: Draft & { readonly action: Exclude<Action, "connect"> },
): Operation => {
  const group = idGroup(kind);
  return {
    ...rest,
    action,
    method: METHODS[action],
    id: action === "deletecollection" ? `delete${group}Collection${subject}` : `${ID_VERBS[action]}${group}${subject}`,
    tag: tagOf(kind),
    description: `${action === "deletecollection" ? "delete a collection" : action} of ${(of ?? kind).kind}`,
    kind: about(of ?? kind),
    query: query ?? QUERY[action],
  };
};

const scoped = (kind: Kind): string => `${kind.namespaced ? "Namespaced" : ""}${kind.kind}`;

const collectionOperations = (kind: Kind): readonly Operation[] => {
  const list = listModel(kind);
  const [path, subject] = [collectionPath(kind), scoped(kind)];
  const listed: Content = list === undefined ? undefined : { model: list };
  const own = { model: kind.model };
  const everywhere = `${groupVersionPath(kind)}/${kind.resource}`;
  const found: (Operation | false)[] = [
    kind.verbs.includes("list") && operation(kind, { path, action: "list", subject, body: undefined, answer: listed }),
    kind.verbs.includes("create") && operation(kind, { path, action: "post", subject, body: own, answer: own }),
    kind.verbs.includes("deletecollection") &&
      operation(kind, { path, action: "deletecollection", subject, body: { model: "V1DeleteOptions" }, answer: { model: "V1Status" } }),
    kind.namespaced &&
      kind.verbs.includes("list") &&
      operation(kind, { path: everywhere, action: "list", subject: `${kind.kind}ForAllNamespaces`, body: undefined, answer: listed }),
  ];
  return found.filter((item) => item !== false);
};

const itemOperations = (kind: Kind): readonly Operation[] => {
  const own = { model: kind.model };
  return ITEM_ACTIONS.filter(([verb]) => kind.verbs.includes(verb)).map(([, action]) =>
    operation(kind, {
      path: `${collectionPath(kind)}/{name}`,
      action,
      subject: scoped(kind),
      body: action === "get" ? undefined : action === "delete" ? { model: "V1DeleteOptions" } : own,
      answer: action === "delete" && kind.strategy.returnsDeleted !== true ? { model: "V1Status" } : own,
    }),
  );
};

const SUBRESOURCE_ACTIONS = [["create", "post"], ...ITEM_ACTIONS] as const;

const subresourceOperations = (kind: Kind, name: string, subresource: Subresource): readonly Operation[] => {
  const { model = kind.model } = subresource;
  return SUBRESOURCE_ACTIONS.filter(([verb]) => subresource.verbs.includes(verb)).map(([, action]) =>
    operation(kind, {
      path: `${collectionPath(kind)}/{name}/${name}`,
      action,
      subject: `${scoped(kind)}${capital(name)}`,
      of: about(subresource),
      body: action === "get" ? undefined : { model },
      answer: name === "log" ? "text" : { model },
      ...(name === "log" ? { query: LOG } : {}),
    }),
  );
};

/** Streams and proxies: their answers are not objects. */
const connectOperations = (kind: Kind, name: string, subresource: Subresource): readonly Operation[] =>
  (name === "proxy" ? ["", "/{path}"] : [""]).flatMap((rest) =>
    SUBRESOURCE_ACTIONS.filter(([verb]) => subresource.verbs.includes(verb)).map(([, action]): Operation => {
      const method = METHODS[action];
      return {
        path: `${collectionPath(kind)}/{name}/${name}${rest}`,
        method,
        action: "connect",
        id: `connect${idGroup(kind)}${capital(method)}${scoped(kind)}${capital(name)}${rest === "" ? "" : "WithPath"}`,
        tag: tagOf(kind),
        description: `connect ${method} requests to ${name} of ${kind.kind}`,
        kind: about(subresource),
        query: CONNECT[name] ?? [],
        body: undefined,
        answer: "text",
      };
    }),
  );

const statusOf = (kind: Kind): readonly (readonly [string, Subresource])[] =>
  kind.status ? [["status", { ...about(kind), verbs: ["get", "patch", "update"], model: kind.model }]] : [];

/** Every operation on a kind and its subresources. */
export const operationsOf = (kind: Kind): readonly Operation[] => [
  ...collectionOperations(kind),
  ...itemOperations(kind),
  ...[...statusOf(kind), ...Object.entries(kind.subresources)].flatMap(([name, subresource]) =>
    subresource.model === undefined ? connectOperations(kind, name, subresource) : subresourceOperations(kind, name, subresource),
  ),
];
