// A2: what is stored is valid. Half of C3: at the end nothing is left whose owners are gone, and nothing names an owner that is
// gone; the other half stands in overseer.ts. And S1 once more: what the API server shows is what the store holds.
import { kinds } from "#api/resources.ts";
import type { Kind } from "#api/kind.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Client } from "#lib/client.ts";
import { placeOf, resourceOf, type History, type Seen } from "./history.ts";
import { Violation } from "./world.ts";

const stored = kinds.filter(({ bucket }) => bucket === "objects");
const kindByResource = new Map<string, Kind>(stored.map((kind) => [resourceOf(kind), kind]));

/** Watches A2 at every write. */
export const watchObjects = (history: History, violated: (violation: Violation) => void): void => {
  history.onChange((seen) => {
    const violation = isValid(seen);
    if (violation !== undefined) violated(violation);
  });
};

const isValid = ({ key, object, revision }: Seen): Violation | undefined => {
  if (object === undefined) return undefined;
  const errors = kindByResource.get(resourceOf(key))?.validate?.(object, undefined, "") ?? [];
  if (errors.length === 0) return undefined;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  return new Violation("A2", `${placeOf(key)}@${revision} is invalid: ${texts.join(", ")}`);
};

/** C3: the first object with an owner that is gone. */
export const firstOrphan = (history: History): string | undefined => {
  const orphan = history.all().find(({ object }) => object.metadata.ownerReferences?.some(({ uid }) => history.living(uid) === undefined));
  return orphan === undefined ? undefined : placeOf(orphan.key);
};

const textOf = (objects: readonly Stored[]): string =>
  objects
    .map(({ metadata: { namespace = "", name, resourceVersion } }) => `${namespace}/${name}@${resourceVersion}`)
    .toSorted()
    .join(" ");

/** S1: every object as the API lists it is as the store holds it. Throws: Violation, ApiError. */
export const checkLists = async (history: History, client: Client): Promise<void> => {
  const lists = await Promise.all(stored.map(async (kind) => ({ kind, listed: await client.list(kind) })));
  for (const { kind, listed } of lists) {
    const [shown, held] = [textOf(listed.items), textOf(history.list(resourceOf(kind)))];
    if (shown !== held) throw new Violation("S1", `the API lists ${resourceOf(kind)} ${shown}, the store holds ${held}`);
  }
};
