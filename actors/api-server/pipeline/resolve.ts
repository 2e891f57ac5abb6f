// Which kind and subresource a request means.
import type { Kind } from "#api/kind.ts";
import { notSupported } from "#api/meta/field-error.ts";
import { failure, invalid, type ApiError } from "#api/meta/status.ts";
import type { Verb } from "#api/meta/resource.ts";
import type { ApiRequest, User } from "#lib/api.ts";
import type { Call } from "../core.ts";
import { managerErrors } from "./apply-call.ts";
import type { Scheme } from "../scheme.ts";

/** upstream: responsewriters.NotFound, the answer for a path that nothing serves */
const unknownResource = (): ApiError => failure("NotFound", "the server could not find the requested resource", {});

/** upstream: apierrors.NewMethodNotSupported, customresource_handler.go serveResource */
const notAllowed = ({ group, resource, verb }: ApiRequest, { ending }: Kind): ApiError => {
  const name = group === "" ? resource : `${resource}.${group}`;
  const why =
    ending === true ? "not allowed while custom resource definition is terminating" : `is not supported on resources of kind "${name}"`;
  return failure("MethodNotAllowed", `${verb} ${why}`, { ...(group === "" ? {} : { group }), kind: resource });
};

const LISTING: ReadonlySet<Verb> = new Set<Verb>(["list", "watch"]);

/**
 * Throws: NotFound, MethodNotAllowed when such a thing does not lie where the request looks for it: of what has a namespace
 * only lists know all namespaces. upstream: endpoints/installer.go, the routes of a resource
 */
const requirePlace = ({ namespaced }: Kind, { verb, namespace = "", name = "" }: ApiRequest): void => {
  if (namespaced === (namespace !== "")) return;
  if (!namespaced || name !== "") throw unknownResource();
  if (!LISTING.has(verb)) throw failure("MethodNotAllowed", "the server does not allow this method on the requested resource", {});
};

const STATUS_VERBS: readonly Verb[] = ["get", "patch", "update"];

const verbsOf = (kind: Kind, subresource: string): readonly Verb[] | undefined => {
  if (subresource === "") return kind.verbs;
  if (subresource === "status") return kind.status ? STATUS_VERBS : undefined;
  return kind.subresources[subresource]?.verbs;
};

/** The request with what it means. Throws: NotFound when nothing serves it, MethodNotAllowed when it cannot be done. */
export const resolve = (scheme: Scheme, user: User, request: ApiRequest, signal: AbortSignal): Call => {
  const kind = scheme.find(request);
  if (kind === undefined) throw unknownResource();
  const subresource = request.subresource ?? "";
  const verbs = verbsOf(kind, subresource);
  if (verbs === undefined) throw unknownResource();
  if (!verbs.includes(request.verb)) throw notAllowed(request, kind);
  requirePlace(kind, request);
  requireKnownOptions(request);
  return {
    user,
    request,
    options: request.options ?? {},
    kind,
    scheme,
    subresource,
    body: kind.subresources[subresource],
    namespace: kind.namespaced ? (request.namespace ?? "") : "",
    name: request.name ?? "",
    signal,
    warnings: [],
  };
};

const OPTIONS: { readonly [verb in Verb]?: string } = { create: "CreateOptions", update: "UpdateOptions", patch: "PatchOptions" };
const VALIDATIONS = ["", "Ignore", "Strict", "Warn"];

/** Throws: Invalid for an option that would be misunderstood: a dry run must never write. upstream: metav1validation.ValidateCreateOptions */
const requireKnownOptions = (request: ApiRequest): void => {
  const { verb, options: { dryRun = [], fieldValidation: given } = {} } = request;
  const fieldValidation: string = given ?? "";
  const kind = OPTIONS[verb];
  const errors = [
    ...(dryRun.every((value) => value === "All") ? [] : [notSupported("dryRun", dryRun, ["All"])]),
    ...(VALIDATIONS.includes(fieldValidation) ? [] : [notSupported("fieldValidation", fieldValidation, VALIDATIONS)]),
    ...managerErrors(request),
  ];
  if (kind !== undefined && errors.length > 0) throw invalid({ group: "meta.k8s.io", kind, name: "" }, errors);
};
