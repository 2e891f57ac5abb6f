// Which bodies are read. upstream: endpoints/handlers/negotiation, patch.go
import { failure, type ApiError } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { PatchType } from "#lib/api.ts";

/** What client-go sends where it may. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

const BODIES: readonly string[] = ["application/json", "application/yaml", PROTOBUF];
const PATCHES: readonly PatchType[] = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** The media type without its parameters; application/json when none is given and the verb takes objects. Throws: UnsupportedMediaType. */
export const contentTypeOf = (verb: Verb, header: string | undefined): string => {
  const accepted: readonly string[] = verb === "patch" ? PATCHES : BODIES;
  const type = header === undefined ? "" : (header.split(";", 1)[0] ?? "").trim().toLowerCase();
  if (type === "" && verb !== "patch") return "application/json";
  if (!accepted.includes(type)) throw unsupported(accepted);
  return type;
};

const unsupported = (accepted: readonly string[]): ApiError =>
  failure(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
