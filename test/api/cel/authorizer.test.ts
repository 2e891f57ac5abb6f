import * as assert from "uvu/assert";
import { authorizerValue, resourceValue, type Ask, type Question } from "#api/cel/library/authorizer.ts";
import { admissionEnvironment } from "#api/cel/admission.ts";
import { compile, CompileError, evaluate } from "#api/cel/program.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/cel/authorizer");

/** Runs an expression; what is asked is kept. */
const run = (text: string, answer: ReturnType<Ask> = { allowed: true, reason: "because" }) => {
  const asked: Question[] = [];
  const ask: Ask = (question) => {
    asked.push(question);
    return answer;
  };
  const program = compile(text, admissionEnvironment({ authorizer: true }));
  if (program instanceof CompileError) throw program;
  const own = resourceValue(ask, { group: "apps", resource: "deployments", namespace: "a", name: "b" });
  const outcome = evaluate(program, (name) => (name === "authorizer" ? authorizerValue(ask) : own));
  return { asked, outcome };
};

test("a question names what the steps to it name", () => {
  const text = "authorizer.group('apps').resource('deployments').subresource('scale').namespace('n').name('d').check('update').allowed()";
  const { asked, outcome } = run(text);
  assert.is("value" in outcome && outcome.value, true);
  assert.equal(asked, [{ verb: "update", group: "apps", resource: "deployments", subresource: "scale", namespace: "n", name: "d" }]);
});

test("paths, other users, and the request's own resource", () => {
  assert.equal(run("authorizer.path('/healthz').check('get').allowed()").asked, [{ verb: "get", path: "/healthz" }]);
  const account = { namespace: "n", name: "robot" };
  assert.equal(run("authorizer.serviceAccount('n', 'robot').group('').resource('pods').check('list').allowed()").asked, [
    { verb: "list", serviceAccount: account, group: "", resource: "pods" },
  ]);
  assert.equal(run("authorizer.requestResource.check('custom').allowed()").asked, [
    { verb: "custom", group: "apps", resource: "deployments", namespace: "a", name: "b" },
  ]);
});

test("a decision has a reason, or an error; it is asked for once", () => {
  const { asked, outcome } = run("[authorizer.path('/x').check('get')].map(d, [d.reason(), d.error(), string(d.errored())])[0].join()", {
    allowed: false,
    reason: "no",
    error: "broken",
  });
  assert.is("value" in outcome && outcome.value, "nobrokentrue");
  assert.is(asked.length, 1);
});

test("checks are dear", () => {
  const { outcome } = run("[1, 2, 3].all(x, authorizer.path('/x').check('get').allowed())");
  assert.is("error" in outcome && outcome.error.message, "operation cancelled: actual cost limit exceeded");
});
