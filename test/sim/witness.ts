// What processes were told, held against what happened: an acknowledged write must be in the store's history (S1), and a
// watch must give every change of its resource in order, or end (S3).
import { apiVersionOf } from "#api/meta/resource.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "#lib/api.ts";
import type { History, Mark } from "./history.ts";
import { resourceOf } from "./history.ts";
import { Violation, type Tap } from "./world.ts";

const decoder = new TextDecoder();
const WRITES = new Set(["create", "update", "patch"]);

type Frame = { readonly type: string; readonly object: Stored };

/** A tap on every process. */
export const witness =
  (history: History, violated: (violation: Violation) => void): Tap =>
  (process, transport) => ({
    request: async (request, signal) => {
      const response = await transport.request(request, signal);
      const lost = lostWrite(history, request, response);
      if (lost !== undefined) violated(new Violation("S1", `${process} was told of ${lost}, which was never stored`));
      return response;
    },
    stream: (request, onFrame, signal) => {
      if (request.verb !== "watch") return transport.stream(request, onFrame, signal);
      const check = new WatchCheck(history, request);
      const checked = (bytes: Uint8Array): void => {
        const wrong = check.frame(JSON.parse(decoder.decode(bytes)) as Frame);
        if (wrong !== undefined) violated(new Violation("S3", `${process} watching ${resourceOf(request)}: ${wrong}`));
        onFrame(bytes);
      };
      return transport.stream(request, checked, signal);
    },
    close: () => transport.close(),
  });

/** Subresources answer with objects of their own; what they do to their object is seen by the next watch. */
const lostWrite = (history: History, request: ApiRequest, response: ApiResponse): string | undefined => {
  const { verb, group, resource, subresource, options } = request;
  if (!WRITES.has(verb) || (subresource !== undefined && subresource !== "status") || options?.dryRun !== undefined) return undefined;
  const object = JSON.parse(decoder.decode(response.body)) as Stored;
  const { namespace = "", name, resourceVersion } = object.metadata ?? {};
  if (resourceVersion === undefined) return undefined; // a review
  const key = { group, resource, namespace, name };
  return history.has(key, Number(resourceVersion)) ? undefined : `${verb} ${resourceOf(key)} ${namespace}/${name}@${resourceVersion}`;
};

/** Follows one watch along the history of its resource. */
class WatchCheck {
  readonly #marks: readonly Mark[];
  readonly #namespace: string;
  readonly #isWhole: boolean;
  readonly #what: string;
  /** The revision up to which the watch has told everything; undefined while it gives the list. */
  #told: number | undefined;
  /** How many marks stand at or before it. */
  #place = 0;

  constructor(history: History, { group, version, resource, namespace = "", options }: ApiRequest) {
    this.#marks = history.marks(resourceOf({ group, resource }));
    this.#namespace = namespace;
    this.#isWhole = options?.labelSelector === undefined && options?.fieldSelector === undefined;
    this.#what = `${apiVersionOf({ group, version })} ${resource}`;
    const from = Number(options?.resourceVersion ?? 0);
    if (options?.sendInitialEvents !== true && from > 0) this.#tell(from);
  }

  /** What is wrong with the next frame, if something is. */
  frame({ type, object }: Frame): string | undefined {
    if (type === "ERROR") return undefined;
    const revision = Number(object.metadata.resourceVersion);
    if (this.#told === undefined) {
      if (type === "BOOKMARK") this.#tell(revision);
      return undefined;
    }
    if (revision < this.#told || (revision === this.#told && type !== "BOOKMARK")) return `${type} ${revision} after ${this.#told}`;
    const missing = this.#isWhole ? this.#firstMissing(type === "BOOKMARK" ? revision + 1 : revision) : undefined;
    this.#tell(revision);
    return missing === undefined ? undefined : `${this.#what} ${missing.namespace}/${missing.name}@${missing.revision} was not told`;
  }

  #firstMissing(before: number): Mark | undefined {
    for (let place = this.#place; ; place++) {
      const mark = this.#marks[place];
      if (mark === undefined || mark.revision >= before) return undefined;
      if (this.#namespace === "" || mark.namespace === this.#namespace) return mark;
    }
  }

  #tell(revision: number): void {
    this.#told = revision;
    while ((this.#marks[this.#place]?.revision ?? Number.POSITIVE_INFINITY) <= revision) this.#place++;
  }
}
