// Every error that the API answers, from one table. Nothing else in the project makes a Status, and nothing reads an
// error's text: code and reason are the interface. upstream: apimachinery/pkg/api/errors/errors.go@v1.36
import type { V1Status, V1StatusCause, V1StatusDetails } from "#api/generated/types.ts";

/** reason → HTTP code. upstream: metav1.StatusReason */
const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  Gone: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  ServerTimeout: 500,
} as const;

export type StatusReason = keyof typeof CODES;

/** A failure that the API answers as a Status. `status` is the whole wire object. */
export class ApiError extends Error {
  readonly status: V1Status & { readonly code: number };
  constructor(status: V1Status & { readonly code: number }, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? "unknown", options);
    this.name = "ApiError";
    this.status = status;
  }
  get code(): number {
    return this.status.code;
  }
  get reason(): string | undefined {
    return this.status.reason;
  }
}

/** A Failure from the table. */
export const failure = (reason: StatusReason, message: string, details?: V1StatusDetails): ApiError =>
  new ApiError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: CODES[reason],
  });

/** What a failure is about: `deployments.apps "web"`. */
export type Subject = { readonly group: string; readonly resource: string; readonly name?: string | undefined };

const qualified = ({ group, resource }: Subject): string => (group === "" ? resource : `${resource}.${group}`);
const named = (subject: Subject): string => `${qualified(subject)} "${subject.name ?? ""}"`;
const detailsOf = ({ group, resource, name }: Subject): V1StatusDetails => ({
  ...(name === undefined ? {} : { name }),
  ...(group === "" ? {} : { group }),
  kind: resource,
});

export const notFound = (subject: Subject): ApiError => failure("NotFound", `${named(subject)} not found`, detailsOf(subject));
export const alreadyExists = (subject: Subject): ApiError =>
  failure("AlreadyExists", `${named(subject)} already exists`, detailsOf(subject));
export const conflict = (
  subject: Subject,
  why = "the object has been modified; please apply your changes to the latest version and try again",
): ApiError => failure("Conflict", `Operation cannot be fulfilled on ${named(subject)}: ${why}`, detailsOf(subject));
/** A subject without a name is all of a resource; without a resource, a path. upstream: apierrors.NewForbidden */
export const forbidden = (subject: Subject, why: string): ApiError => {
  const { resource, name = "" } = subject;
  if (resource === "") return failure("Forbidden", `forbidden: ${why}`, {});
  const who = name === "" ? qualified(subject) : named(subject);
  return failure("Forbidden", `${who} is forbidden: ${why}`, detailsOf({ ...subject, name: name === "" ? undefined : name }));
};
/** The same failure with the causes of it. */
export const withCauses = ({ status }: ApiError, causes: readonly V1StatusCause[]): ApiError =>
  new ApiError({ ...status, details: { ...status.details, causes } });
export const badRequest = (message: string): ApiError => failure("BadRequest", message);
export const unauthorized = (): ApiError => failure("Unauthorized", "Unauthorized");
export const expired = (message: string): ApiError => failure("Expired", message);
export const internal = (cause: unknown): ApiError => {
  const error = failure("InternalError", `Internal error occurred: ${cause instanceof Error ? cause.message : String(cause)}`);
  error.cause = cause;
  return error;
};

/** A failure that has no reason of its own: its message stands alone. upstream: responsewriters.ErrorToAPIStatus */
export const unexplained = (message: string): ApiError =>
  new ApiError({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, code: CODES.InternalError });

/** One field that is wrong, as field.Error writes it. `reason` is upstream's CauseType, such as FieldValueInvalid. */
export type FieldError = { readonly reason: string; readonly field: string; readonly message: string };

/** 422 with every field error at once. The message is `Kind.group "name" is invalid: [a: …, b: …]`. */
export const invalid = (
  kind: { readonly group: string; readonly kind: string; readonly name: string },
  errors: readonly FieldError[],
): ApiError => {
  const type = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const causes: V1StatusCause[] = errors.map(({ reason, field, message }) => ({ reason, message, field }));
  return failure("Invalid", `${type} "${kind.name}" is invalid: ${text ?? ""}`, {
    name: kind.name,
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.kind,
    causes,
  });
};

/** True when `error` is an API failure with this reason. */
export const isReason = (error: unknown, reason: StatusReason): error is ApiError => error instanceof ApiError && error.reason === reason;

/** The cause of a refusal in a namespace that ends. upstream: corev1.NamespaceTerminatingCause */
export const NAMESPACE_TERMINATING = "NamespaceTerminating";

/** True when `error` is an API failure with this cause. upstream: HasStatusCause */
export const hasCause = (error: unknown, cause: string): boolean =>
  error instanceof ApiError && error.status.details?.causes?.some(({ reason }) => reason === cause) === true;

/** For `catch`: what was to be deleted or changed is gone already. Throws: any other error. */
export const ignoreNotFound = (error: unknown): void => {
  if (!isReason(error, "NotFound")) throw error;
};

/** For `catch`: nothing can be created in a namespace that ends, now or later. Throws: any other error. */
export const ignoreTerminating = (error: unknown): undefined => {
  if (!hasCause(error, NAMESPACE_TERMINATING)) throw error;
};
