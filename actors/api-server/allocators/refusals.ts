// How a number that cannot be had is told to the client: as a fault of the field that wished for it, or, when nobody wished, of
// the server. upstream: pkg/registry/core/service/storage/alloc.go
import type { V1Service } from "#api/generated/types.ts";
import { internal, invalid, type ApiError, type FieldError } from "#api/meta/status.ts";

/** A number that cannot be had; the message is for the client. */
export class Taken extends Error {
  override readonly name = "Taken";
}

/** The Service is refused for this field. */
export const refused = ({ metadata }: V1Service, error: FieldError): ApiError =>
  invalid({ group: "", kind: "Service", name: metadata?.name ?? "" }, [error]);

/** What `work` throws, where a field of the Service wished for the number. */
export const refusalOf =
  (service: V1Service, explain: (why: string) => FieldError): ((error: unknown) => never) =>
  (error) => {
    throw error instanceof Taken ? refused(service, explain(error.message)) : error;
  };

/** What `work` throws, where the server was to choose. */
export const failureOf =
  (what: string): ((error: unknown) => never) =>
  (error) => {
    throw error instanceof Taken ? internal(new Error(`${what}: ${error.message}`)) : error;
  };

/** Does something that may fail. Throws: what `explain` makes of the failure. */
export const attempting = <T>(work: () => T, explain: (error: unknown) => never): T => {
  try {
    return work();
  } catch (error) {
    return explain(error);
  }
};
