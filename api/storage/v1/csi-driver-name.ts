import { broken, type Check } from "#api/meta/check.ts";
import { required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";

const MAX_BYTES = 63;

/** The name of a CSI driver; its case does not matter. upstream: apivalidation.ValidateCSIDriverName */
export function* checkDriverName(path: string, name = ""): Check {
  if (name === "") yield required(path);
  if (name.length > MAX_BYTES) yield tooLong(path, MAX_BYTES);
  yield* broken(path, name, dns1123Subdomain(name.toLowerCase()));
}
