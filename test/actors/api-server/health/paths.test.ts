import * as assert from "uvu/assert";
import { HealthCounts } from "#actors/api-server/health/counts.ts";
import { healthPaths } from "#actors/api-server/health/paths.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("health/paths");

const setUp = () => {
  let wrong: string | undefined;
  const handler = healthPaths({ live: [], ready: [{ name: "store", check: () => wrong }] });
  const get = async (url: string) => {
    const [path = "", query = ""] = url.split("?");
    const answer = await handler({ method: "GET", path, query: new URLSearchParams(query), header: () => undefined });
    return answer && [answer.code, Buffer.from(answer.body).toString()];
  };
  return { get, fail: (why: string) => (wrong = why) };
};

test("is ok while nothing is wrong", async () => {
  const { get } = setUp();
  for (const path of ["/healthz", "/livez", "/readyz", "/readyz/", "/readyz/store", "/livez/ping"])
    assert.equal(await get(path), [200, "ok"], path);
  assert.equal(await get("/readyz?verbose"), [200, "[+]ping ok\n[+]store ok\nreadyz check passed\n"]);
});

test("names what fails, and keeps its reason to who asks for it alone", async () => {
  const { get, fail } = setUp();
  fail("no answer");
  assert.equal(await get("/readyz"), [500, "[+]ping ok\n[-]store failed: reason withheld\nreadyz check failed\n"]);
  assert.equal(await get("/readyz/store"), [500, "internal server error: no answer\n"]);
  assert.equal(await get("/livez"), [200, "ok"]);
});

test("leaves out what it is told to", async () => {
  const { get, fail } = setUp();
  fail("no answer");
  assert.equal(await get("/readyz?verbose&exclude=store"), [200, "[+]ping ok\n[+]store excluded: ok\nreadyz check passed\n"]);
});

test("knows no other paths", async () => {
  const { get } = setUp();
  assert.is(await get("/readyz/nothing"), undefined);
  assert.is(await get("/healthy"), undefined);
});

test("notes what each check found, last and so often", async () => {
  const counts = new HealthCounts();
  let wrong: string | undefined;
  const handler = healthPaths({ live: [], ready: [{ name: "store", check: () => wrong }] }, counts);
  const ask = (path: string) => handler({ method: "GET", path, query: new URLSearchParams(), header: () => undefined });
  await ask("/readyz");
  wrong = "gone";
  await ask("/readyz/store");
  const [last, total] = counts.families().map(({ values }) => values);
  assert.equal(last, [
    { labels: { name: "ping", type: "readyz" }, value: 1 },
    { labels: { name: "store", type: "readyz" }, value: 0 },
  ]);
  assert.equal(total?.slice(1), [
    { labels: { name: "store", type: "readyz", status: "success" }, value: 1 },
    { labels: { name: "store", type: "readyz", status: "error" }, value: 1 },
  ]);
});
