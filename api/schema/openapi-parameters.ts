// The parameters of operations. upstream: apiserver/pkg/endpoints/installer.go, apimachinery/pkg/apis/meta/v1 (options)
import type { JsonObject } from "#api/meta/json.ts";

type Parameter = { readonly type: "string" | "boolean" | "integer"; readonly text: string };

const PARAMETERS: { readonly [name: string]: Parameter } = {
  allowWatchBookmarks: { type: "boolean", text: "Asks for BOOKMARK events in a watch." },
  command: { type: "string", text: "The command to run, as arguments; no shell reads it." },
  container: { type: "string", text: "The container; the only one when the pod has one." },
  continue: { type: "string", text: "The token of the page before, to get the next one." },
  dryRun: { type: "string", text: "`All`: process the request in all stages and store nothing." },
  fieldManager: { type: "string", text: "The name of who makes this change." },
  fieldSelector: { type: "string", text: "Restricts the objects by their fields." },
  fieldValidation: {
    type: "string",
    text: "What becomes of unknown and duplicate fields: `Ignore` drops them, `Warn` drops them with a warning, `Strict` refuses the request.",
  },
  follow: { type: "boolean", text: "Follows the log as it grows." },
  force: { type: "boolean", text: "Takes over fields that other managers own (server-side apply)." },
  gracePeriodSeconds: { type: "integer", text: "How long the object may linger, in seconds; zero deletes at once." },
  ignoreStoreReadErrorWithClusterBreakingPotential: { type: "boolean", text: "Deletes objects that cannot be read from the store." },
  insecureSkipTLSVerifyBackend: { type: "boolean", text: "Does not verify the certificate of the node that serves the log." },
  labelSelector: { type: "string", text: "Restricts the objects by their labels." },
  limit: { type: "integer", text: "At most this many objects in an answer; more follow by `continue`." },
  limitBytes: { type: "integer", text: "At most this many bytes of the log." },
  orphanDependents: { type: "boolean", text: "Deprecated: use propagationPolicy." },
  path: { type: "string", text: "The path to ask of what is behind the proxy." },
  ports: { type: "integer", text: "The ports to forward." },
  previous: { type: "boolean", text: "The log of the container's run before this one." },
  propagationPolicy: { type: "string", text: "What becomes of dependents: `Orphan`, `Background` or `Foreground`." },
  resourceVersion: { type: "string", text: "How fresh the answer must be, or where a watch starts." },
  resourceVersionMatch: { type: "string", text: "How resourceVersion applies to a list: `Exact` or `NotOlderThan`." },
  sendInitialEvents: { type: "boolean", text: "Begins a watch with the objects that exist." },
  sinceSeconds: { type: "integer", text: "Only lines of the last so many seconds." },
  stderr: { type: "boolean", text: "Attaches standard error." },
  stdin: { type: "boolean", text: "Attaches standard input." },
  stdout: { type: "boolean", text: "Attaches standard output." },
  stream: { type: "string", text: "`All`, `Stdout` or `Stderr`." },
  tailLines: { type: "integer", text: "Only the last so many lines." },
  timeoutSeconds: { type: "integer", text: "Ends the call after so many seconds." },
  timestamps: { type: "boolean", text: "Begins every line with its instant." },
  tty: { type: "boolean", text: "Gives the process a terminal." },
  watch: { type: "boolean", text: "Watches for changes instead of listing." },
};

const IN_PATH: { readonly [name: string]: string } = {
  name: "The object's name.",
  namespace: "The object's namespace.",
  path: "The path to ask of what is behind the proxy.",
};

const PRETTY: Parameter = { type: "string", text: "`true`: the answer is printed with indentation." };

const written = (version: 2 | 3, { type }: Parameter): JsonObject => ({
  ...(version === 2 ? { type } : { schema: { type, uniqueItems: true } }),
  ...(version === 2 ? { uniqueItems: true } : {}),
});

/** A query parameter. Throws: when it is none that we know. */
export const queryParameter = (version: 2 | 3, name: string): JsonObject => {
  const parameter = PARAMETERS[name];
  if (parameter === undefined) throw new Error(`there is no parameter ${name}`);
  return { name, in: "query", description: parameter.text, ...written(version, parameter) };
};

/** The parameters that a path itself has: what stands in braces, and `pretty`. */
export const pathParameters = (version: 2 | 3, path: string): readonly JsonObject[] => [
  ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = ""]) => {
    const text = IN_PATH[name] ?? "";
    return { name, in: "path", required: true, description: text, ...written(version, { type: "string", text }) };
  }),
  { name: "pretty", in: "query", description: PRETTY.text, ...written(version, PRETTY) },
];
