// Objects of kinds that are converted by somebody else: what reads them waits here first.
import type { KubeObject } from "#api/meta/object.ts";
import type { Call } from "../core.ts";

type Read = { readonly object: KubeObject };

/** Before these are shown in the call's version. Throws: ApiError when they cannot be converted. */
export const readied = async ({ kind }: Pick<Call, "kind">, shown: Iterable<Read>): Promise<void> => {
  const ready = kind.storedAs?.ready;
  if (ready !== undefined)
    await ready(
      Array.from(shown, ({ object }) => object),
      "served",
    );
};

/** Before an object is stored. Throws: ApiError when it cannot be converted. */
export const readiedToStore = async ({ kind }: Pick<Call, "kind">, object: KubeObject): Promise<void> => {
  const ready = kind.storedAs?.ready;
  if (ready !== undefined) await ready([object], "stored");
};
