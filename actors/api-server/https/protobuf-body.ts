// Bodies in Protobuf into JSON, which is what the core reads. The tables that it takes are large, so this file is loaded
// with the first such body.
import { apiVersionOf } from "#api/meta/resource.ts";
import { badRequest } from "#api/meta/status.ts";
import { kinds } from "#api/resources.ts";
import { decodeProtobuf, openEnvelope } from "#api/schema/protobuf.ts";
import { MalformedProtobuf } from "#api/schema/protobuf-wire.ts";

const typeOf = (apiVersion: string, kind: string): string => `${apiVersion} ${kind}`;

/** Every type that a body may be, and its schema. */
const MODELS = new Map(
  kinds.flatMap((kind) => [
    [typeOf(apiVersionOf(kind), kind.kind), kind.model] as const,
    ...Object.values(kind.subresources).flatMap((of) =>
      of.model === undefined ? [] : [[typeOf(apiVersionOf(of), of.kind), of.model] as const],
    ),
  ]),
);

const encoder = new TextEncoder();

/** The same object in JSON; of a type that is not served, its name only, which the core refuses. Throws: BadRequest. */
export const jsonOfProtobuf = (body: Uint8Array): Uint8Array => {
  try {
    const { apiVersion, kind, raw } = openEnvelope(body);
    const model = kind === "DeleteOptions" ? "V1DeleteOptions" : MODELS.get(typeOf(apiVersion, kind));
    return encoder.encode(JSON.stringify({ kind, apiVersion, ...(model && decodeProtobuf(model, raw)) }));
  } catch (error) {
    throw error instanceof MalformedProtobuf ? badRequest(error.message) : error;
  }
};
