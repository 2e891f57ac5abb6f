// What becomes of a request that another API server answers, before it is handed on and after.
import { once } from "node:events";
import * as assert from "uvu/assert";
import { textAnswer } from "#actors/api-server/https/path-handler.ts";
import type { HttpsServerOptions } from "#actors/api-server/https/server.ts";
import type { Authorizer } from "#actors/api-server/authorizer.ts";
import type { Auditor } from "#actors/api-server/audit/auditor.ts";
import { systemClock } from "#lib/clock.ts";
import { auditLog } from "#test/support/audit.ts";
import { suite } from "#test/support/suite.ts";
import { ask, startServer } from "./test-server.ts";

const test = suite("api-server/https/delegated", 10_000);

const FLOWERS = "/apis/example.com/v1/namespaces/default/flowers";

/** A server that hands everything of example.com on; `story` is what happens in turn. */
const withDelegate = async (
  body: (port: number, story: unknown[], counted: Awaited<ReturnType<typeof startServer>>["counted"]) => Promise<void>,
  { allows, audit }: { readonly allows?: Authorizer["authorize"]; readonly audit?: Auditor } = {},
): Promise<void> => {
  const story: unknown[] = [];
  const parts: Pick<HttpsServerOptions, "audit" | "delegates" | "flow"> = {
    audit,
    flow: {
      enter: (_user, attributes) => {
        story.push(["enter", attributes]);
        return { headers: {}, leave: () => void story.push("leave") };
      },
    },
    delegates: {
      find: (path) =>
        path.startsWith("/apis/example.com/v1")
          ? {
              path,
              handle: async (exchange, { user, begun }) => {
                story.push(["handed on", user.name]);
                begun();
                await exchange.answer(textAnswer(418, "short and stout"));
              },
            }
          : undefined,
    },
  };
  const { server, port, counted } = await startServer(allows, parts);
  try {
    await body(port, story, counted);
  } finally {
    await server.stop(100);
  }
};

test("its turn is over when it is handed on, for its server may have to ask us", () =>
  withDelegate(async (port, story, counted) => {
    const { code } = await ask(port, `${FLOWERS}/rose?fieldSelector=a%3Db`, { method: "PATCH" });
    assert.is(code, 418);
    const attributes = { verb: "patch", group: "example.com", version: "v1", resource: "flowers", namespace: "default", name: "rose" };
    assert.equal(story, [["enter", { ...attributes, subresource: undefined, fieldSelector: "a=b" }], "leave", ["handed on", "jane"]]);
    assert.equal(
      counted.map(({ verb, resource, isLong, code: answered }) => [verb, resource, isLong, answered]),
      [["patch", "flowers", true, 418]],
    );
  }));

test("a path that is no resource is authorized as a path", () =>
  withDelegate(async (port, story, counted) => {
    assert.is((await ask(port, "/apis/example.com/v1")).code, 418);
    assert.equal(story[0], ["enter", { verb: "get", path: "/apis/example.com/v1" }]);
    assert.equal(counted, []);
  }));

test("who may not is refused here, whatever the method", () =>
  withDelegate(
    async (port, story, counted) => {
      for (const method of ["GET", "POST", "DELETE"]) {
        const { code, json } = await ask(port, `${FLOWERS}/rose`, { method });
        assert.equal([code, json["reason"]], [403, "Forbidden"]);
      }
      assert.is(story.filter((one) => Array.isArray(one) && one[0] === "handed on").length, 0);
      assert.equal(
        counted.map(({ verb, code }) => [verb, code]),
        [
          ["get", 403],
          ["create", 403],
          ["delete", 403],
        ],
      );
    },
    { allows: () => ({ decision: "noOpinion", reason: "" }) },
  ));

test("it is written down as our own, a watch when it begins too", async () => {
  const { auditor, events } = auditLog(systemClock, "[{level: Metadata}]", "omitStages: [RequestReceived]");
  await withDelegate(
    async (port) => {
      for (const path of [`${FLOWERS}/rose`, `${FLOWERS}?watch=1`, "/apis/example.com/v1"]) await ask(port, path);
    },
    { audit: auditor },
  );
  assert.equal(
    events.map(({ stage, verb, objectRef, responseStatus }) => [stage, verb, objectRef?.resource, responseStatus?.code]),
    [
      ["ResponseComplete", "get", "flowers", 418],
      ["ResponseStarted", "watch", "flowers", 200],
      ["ResponseComplete", "watch", "flowers", 418],
      ["ResponseComplete", "get", undefined, 418],
    ],
  );
});

test("a watch ends with the server, which waits for others", async () => {
  const waiting = Promise.withResolvers<void>();
  const { server, port } = await startServer(undefined, {
    delegates: {
      find: (path) => ({
        path,
        handle: async (exchange, { signal }) => {
          signal.addEventListener("abort", () => exchange.response.destroy(), { once: true });
          waiting.resolve();
          await once(exchange.response, "close");
        },
      }),
    },
  });
  const watching = ask(port, `${FLOWERS}?watch=1`).catch((error: unknown) => error);
  await waiting.promise;
  await server.stop(60_000); // far longer than this test may take
  assert.instance(await watching, Error);
});
