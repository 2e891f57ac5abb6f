import fc from "fast-check";
import * as assert from "uvu/assert";
import { headersOfUser, isUserHeader, userOfHeaders } from "#actors/api-server/authn/request-header.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/authn/request-header");

const rawOf = (headers: ReturnType<typeof headersOfUser>): string[] =>
  Object.entries(headers).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]));

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
    fc.property(users, (user) => {
      const read = userOfHeaders(rawOf(headersOfUser(user)));
      assert.equal(
        { ...read, groups: read?.groups.filter((group) => group !== "system:authenticated") },
        {
          ...user,
          groups: user.groups.filter((group) => group !== "system:authenticated"),
        },
      );
    }),
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
