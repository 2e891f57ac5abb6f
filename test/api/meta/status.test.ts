import { invalidValue, required } from "#api/meta/field-error.ts";
import * as status from "#api/meta/status.ts";
import { suite } from "#test/support/suite.ts";
import * as assert from "uvu/assert";

const test = suite("status");
const web = { group: "apps", resource: "deployments", name: "web" };
const pod = { group: "", resource: "pods", name: "a" };

test("a failure is a whole Status, and carries its code and reason", () => {
  const error = status.notFound(web);
  assert.instance(error, status.ApiError);
  assert.is(error.message, 'deployments.apps "web" not found');
  assert.is(error.code, 404);
  assert.is(error.reason, "NotFound");
  assert.equal(error.status, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'deployments.apps "web" not found',
    reason: "NotFound",
    details: { name: "web", group: "apps", kind: "deployments" },
    code: 404,
  });
});

const said = (error: status.ApiError) => `${error.code} ${error.reason} ${error.message}`;

test("each failure has upstream's words and code", () => {
  assert.is(said(status.alreadyExists(pod)), '409 AlreadyExists pods "a" already exists');
  assert.is(
    said(status.conflict(pod)),
    '409 Conflict Operation cannot be fulfilled on pods "a": the object has been modified; please apply your changes to the latest version and try again',
  );
  assert.is(said(status.conflict(pod, "why")), '409 Conflict Operation cannot be fulfilled on pods "a": why');
  assert.is(said(status.forbidden(web, "no")), '403 Forbidden deployments.apps "web" is forbidden: no');
  assert.is(said(status.forbidden({ group: "apps", resource: "deployments" }, "no")), "403 Forbidden deployments.apps is forbidden: no");
  assert.is(said(status.forbidden({ group: "", resource: "" }, "no")), "403 Forbidden forbidden: no");
  assert.is(said(status.badRequest("x")), "400 BadRequest x");
  assert.is(said(status.unauthorized()), "401 Unauthorized Unauthorized");
  assert.is(said(status.expired("x")), "410 Expired x");
  assert.is(said(status.internal(new Error("x"))), "500 InternalError Internal error occurred: x");
  assert.is(said(status.internal("x")), "500 InternalError Internal error occurred: x");
});

test("an internal error keeps its cause", () => {
  const cause = new Error("x");
  assert.is(status.internal(cause).cause, cause);
});

test("an invalid object names every field, and repeats no text", () => {
  const kind = { group: "apps", kind: "Deployment", name: "web" };
  const name = required("metadata.name");
  const replicas = invalidValue("spec.replicas", -1, "must be greater than or equal to 0");
  assert.is(status.invalid(kind, [name]).message, 'Deployment.apps "web" is invalid: metadata.name: Required value');
  const error = status.invalid(kind, [name, replicas, name]);
  assert.is(
    error.message,
    'Deployment.apps "web" is invalid: [metadata.name: Required value, spec.replicas: Invalid value: -1: must be greater than or equal to 0]',
  );
  assert.is(error.code, 422);
  assert.is(error.status.details?.causes?.length, 3);
  assert.equal(error.status.details?.causes?.[0], { reason: "FieldValueRequired", message: "Required value", field: "metadata.name" });
});

test("reasons are told apart without reading texts", () => {
  assert.ok(status.isReason(status.notFound(web), "NotFound"));
  assert.not(status.isReason(status.notFound(web), "Conflict"));
  assert.not(status.isReason(new Error("not found"), "NotFound"));
});

test("causes are added to a copy", () => {
  const error = status.conflict(pod);
  const caused = status.withCauses(error, [{ reason: "x" }]);
  assert.equal(caused.status.details?.causes, [{ reason: "x" }]);
  assert.is(caused.status.details?.name, "a");
  assert.is(error.status.details?.causes, undefined);
});
