// S1, seen by readers: a read without a revision shows every write that anybody had been told of when it was sent, and a list
// shows exactly what the store held at the list's revision.
import type { KubeList, Stored } from "#api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "#lib/api.ts";
import { placeOf, resourceOf, type History } from "./history.ts";
import { selectionOf } from "./selection.ts";
import type { Wrong } from "./write-check.ts";

const decoder = new TextDecoder();
const WRITES = new Set(["create", "update", "patch"]);
const nothing = (): undefined => undefined;

type Judge = (response: ApiResponse) => Wrong | undefined;

/** Follows all requests of a simulation. */
export class ReadCheck {
  readonly #history: History;
  /** The newest revision of a resource that a writer was told of. */
  readonly #acknowledged = new Map<string, number>();

  constructor(history: History) {
    this.#history = history;
  }

  /** The request is being sent; the answer judges the response. */
  begin(request: ApiRequest): Judge {
    const { verb, subresource, options } = request;
    if (subresource !== undefined && subresource !== "status") return nothing;
    if (WRITES.has(verb)) return (response) => this.#note(request, response);
    if (verb === "list" && options?.limit === undefined && options?.continue === undefined) return this.#judge(request);
    return nothing;
  }

  #note(request: ApiRequest, { body }: ApiResponse): undefined {
    const resource = resourceOf(request);
    const revision = Number((JSON.parse(decoder.decode(body)) as Partial<Stored>).metadata?.resourceVersion ?? 0);
    if (revision > (this.#acknowledged.get(resource) ?? 0)) this.#acknowledged.set(resource, revision);
  }

  #judge(request: ApiRequest): Judge {
    const resource = resourceOf(request);
    const { resourceVersion } = request.options ?? {};
    const least = resourceVersion === undefined ? (this.#acknowledged.get(resource) ?? 0) : Number(resourceVersion);
    const isSelected = selectionOf(request);
    return ({ body }) => {
      const { metadata, items } = JSON.parse(decoder.decode(body)) as KubeList<Stored>;
      const revision = Number(metadata.resourceVersion);
      if (revision < least)
        return { invariant: "S1", what: `was given the list of ${resource} at ${revision}, though ${least} was acknowledged` };
      const held = [...this.#history.stateAt(resource, revision).values()].filter(isSelected);
      const [shown, expected] = [textOf(request, items), textOf(request, held)];
      return shown === expected
        ? undefined
        : { invariant: "S1", what: `was given ${shown} as the list at ${revision}, the store held ${expected}` };
    };
  }
}

const textOf = ({ group, resource }: ApiRequest, objects: readonly Stored[]): string =>
  objects
    .map(({ metadata: { namespace = "", name, resourceVersion } }) => `${placeOf({ group, resource, namespace, name })}@${resourceVersion}`)
    .toSorted()
    .join(" ");
