// Laws of pages and of the tokens between them.
import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { decodeToken, encodeToken } from "#actors/api-server/pipeline/continue-token.ts";
import { ApiError } from "#api/meta/status.ts";
import { startApiServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/continue-token");

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,8}[a-z0-9])?$/);
const place = fc.record({ namespace: fc.oneof(fc.constant(""), name), name }, { noNullPrototype: true });
const tokens = fc.record({ revision: fc.integer({ min: 1 }), after: place }, { noNullPrototype: true });

test("a token comes back as it was, in letters that a URL takes", () => {
  fc.assert(
    fc.property(tokens, (token) => {
      const text = encodeToken(token);
      assert.match(text, /^[-_A-Za-z0-9]+$/);
      assert.equal(decodeToken(text), token);
    }),
  );
});

test("whatever is sent as a token is one, or a bad request", () => {
  const content = fc.record({
    v: fc.constant("meta.k8s.io/v1"),
    rv: fc.oneof(fc.integer(), fc.double(), fc.jsonValue()),
    start: fc.oneof(fc.constant("default/a"), fc.string(), fc.jsonValue()),
  });
  const text = fc.oneof(
    fc.string(),
    fc.oneof(content, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
  );
  fc.assert(
    fc.property(text, (sent) => {
      try {
        assert.ok(Number.isSafeInteger(decodeToken(sent).revision));
      } catch (error) {
        assert.ok(error instanceof ApiError && error.code === 400, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

const letter = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const few = fc.uniqueArray(letter, { maxLength: 8 });
/** Between two pages a name is created, or deleted when it is there. */
const steps = fc.array(fc.record({ limit: fc.integer({ min: 1, max: 3 }), toggled: fc.array(letter) }), {
  minLength: 8,
});

test("the pages of a list are together the list as it was at the first, whatever happens between them", async () => {
  await fc.assert(
    fc.asyncProperty(few, steps, async (present, all) => {
      const api = await startApiServer();
      const maps = { of: "configmaps", namespace: "default" } as const;
      const there = new Set(present);
      for (const one of present) await api.must({ ...maps, verb: "create", body: { metadata: { name: one } } });
      const seen: string[] = [];
      let next: string | undefined = "";
      for (const { limit, toggled } of all) {
        const page: Page = await api.must<Page>({ ...maps, verb: "list", options: { limit, ...(next === "" ? {} : { continue: next }) } });
        seen.push(...page.items.map((item) => item.metadata.name));
        next = page.metadata.continue;
        if (next === undefined) break;
        for (const one of toggled) {
          if (there.delete(one)) await api.must({ ...maps, verb: "delete", name: one });
          else await api.must({ ...maps, verb: "create", body: { metadata: { name: (there.add(one), one) } } });
        }
      }
      assert.equal(seen, present.toSorted());
      await api.close();
    }),
    { numRuns: 25 },
  );
});

type Page = {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly { readonly metadata: { readonly name: string } }[];
};
