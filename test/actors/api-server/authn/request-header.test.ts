import fc from "fast-check";
import * as assert from "uvu/assert";
import { headersOfUser, isUserHeader, userOfHeaders } from "#actors/api-server/authn/request-header.ts";
import type { User } from "#lib/api.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/authn/request-header");

const rawOf = (headers: ReturnType<typeof headersOfUser>): string[] =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));

/** As text, since keys may be named as members of every object. */
const shown = (user: User | undefined): string =>
  JSON.stringify([
    user?.name,
    user?.uid,
    user?.groups.filter((group) => group !== "system:authenticated"),
    Object.entries(user?.extra ?? {}),
  ]);

test("a user is the same after the way through headers", () => {
  const text = fc.string({ minLength: 1, unit: "grapheme" });
  const key = text.map((one) => one.toLowerCase());
  const users = fc.record({
    name: text,
    uid: text,
    groups: fc.array(text, { minLength: 1 }),
    extra: fc.dictionary(key, fc.array(text, { minLength: 1 }), { minKeys: 1, noNullPrototype: true }),
  });
  fc.assert(
    fc.property(users, (user) => assert.equal(shown(userOfHeaders(rawOf(headersOfUser(user)))), shown(user))),
    { numRuns: 200 },
  );
});

test("keys are escaped as client-go escapes them", () =>
  assert.equal(headersOfUser({ name: "jane", groups: [], extra: { "authentication.kubernetes.io/credential-id": ["a"] } }), {
    "x-remote-user": "jane",
    "x-remote-extra-authentication.kubernetes.io%2Fcredential-id": ["a"],
  }));

test("without a name there is nobody", () => {
  assert.is(userOfHeaders(["X-Remote-Group", "system:masters"]), undefined);
  assert.is(userOfHeaders(["X-Remote-User", ""]), undefined);
});

test("knows the headers that say who somebody is", () => {
  for (const name of ["x-remote-user", "x-remote-uid", "x-remote-group", "x-remote-extra-scopes"]) assert.ok(isUserHeader(name), name);
  for (const name of ["x-remote-host", "user-agent"]) assert.not(isUserHeader(name), name);
});
