// How volumes may be mounted: in claims, in volumes, in templates of claims. upstream: pkg/apis/core/v1/helper/helpers.go
import type { Check } from "#api/meta/check.ts";
import { forbiddenField, notSupported, required } from "#api/meta/field-error.ts";

const MODES: readonly string[] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
const SHORT: { readonly [mode: string]: string } = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};

/** At least one mode, all known, ReadWriteOncePod alone. */
export function* checkAccessModes(path: string, modes: readonly string[] = []): Check {
  if (modes.length === 0) yield required(path, "at least 1 access mode is required");
  for (const mode of modes) if (!MODES.includes(mode)) yield notSupported(path, mode, MODES);
  if (modes.includes("ReadWriteOncePod") && modes.some((mode) => mode !== "ReadWriteOncePod" && MODES.includes(mode))) {
    yield forbiddenField(path, "may not use ReadWriteOncePod with other access modes");
  }
}

/** `RWO,ROX`: the modes of a table. upstream: GetAccessModesAsString */
export const accessModesText = (modes: readonly string[] = []): string =>
  Object.entries(SHORT)
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",");
