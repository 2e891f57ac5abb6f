import * as assert from "uvu/assert";
import { ruleAllows, urlCovers } from "#actors/api-server/authz/rules.ts";
import { rule, pathRule } from "#actors/api-server/authz/policy/rule.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("authz/rules");
const ask = (verb: string, resource: string, more = {}) => ({ verb, group: "", version: "v1", resource, ...more });

test("allows the verbs, groups and resources that it names", () => {
  const reads = rule("get list", "core apps", "pods deployments");
  assert.ok(ruleAllows(reads, ask("get", "pods")));
  assert.ok(ruleAllows(reads, ask("list", "deployments", { group: "apps" })));
  assert.not(ruleAllows(reads, ask("delete", "pods")));
  assert.not(ruleAllows(reads, ask("get", "secrets")));
  assert.not(ruleAllows(reads, ask("get", "pods", { group: "batch" })));
});

test("allows a subresource only by its own name or a wildcard", () => {
  const log = ask("get", "pods", { subresource: "log" });
  assert.not(ruleAllows(rule("get", "core", "pods"), log));
  assert.ok(ruleAllows(rule("get", "core", "pods/log"), log));
  assert.ok(ruleAllows(rule("get", "core", "*/log"), log));
  assert.not(ruleAllows(rule("get", "core", "*/scale"), log));
  assert.ok(ruleAllows(rule("get", "core", "*"), log));
  assert.not(ruleAllows(rule("get", "core", "pods/*"), log));
});

test("allows named objects only where names are given", () => {
  const one = rule("get", "core", "secrets", "a");
  assert.ok(ruleAllows(one, ask("get", "secrets", { name: "a" })));
  assert.not(ruleAllows(one, ask("get", "secrets", { name: "b" })));
  assert.not(ruleAllows(one, ask("get", "secrets")));
});

test("keeps paths and resources apart", () => {
  assert.not(ruleAllows(rule("*", "*", "*"), { verb: "get", path: "/metrics" }));
  assert.not(ruleAllows(pathRule("*", "*"), ask("get", "pods")));
  assert.ok(ruleAllows(pathRule("get", "/healthz"), { verb: "get", path: "/healthz" }));
  assert.not(ruleAllows(pathRule("get", "/healthz"), { verb: "post", path: "/healthz" }));
});

test("matches a URL's prefix by a final asterisk", () => {
  assert.ok(urlCovers("/apis/*", "/apis/apps/v1"));
  assert.not(urlCovers("/apis/*", "/apis"));
  assert.ok(urlCovers("*", "/anything"));
});
