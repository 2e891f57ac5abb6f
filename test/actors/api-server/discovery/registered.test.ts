// What the API server says of another one that is registered with it, over HTTPS on both sides.
import * as assert from "uvu/assert";
import { endpointSlices } from "#api/discovery/v1/endpoint-slice.ts";
import type { JsonObject } from "#api/meta/json.ts";
import { suite } from "#test/support/suite.ts";
import { NAME, PATH, withGreenhouse, type Greenhouse } from "../aggregation/registered-server.ts";

const test = suite("discovery/registered", 20_000);

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, key) => (inner as { readonly [of: string]: unknown } | undefined)?.[key], value);

/** Waits until what the other server serves is known so. */
const known = ({ dev: { remotes } }: Greenhouse, freshness: "Current" | "Stale"): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => {
    if (remotes.documents(NAME)?.discovery.value.freshness === freshness) resolve();
  };
  remotes.onChange(look);
  look();
  return promise;
};

const json = async (greenhouse: Greenhouse, path: string, accept = "application/json"): Promise<JsonObject> =>
  JSON.parse((await greenhouse.ask(path, { headers: { accept } })).text) as JsonObject;

test("its kinds and documents are among ours, until it is gone", () =>
  withGreenhouse(async (greenhouse) => {
    await greenhouse.register();
    await known(greenhouse, "Current");
    const last = async () => (at(await json(greenhouse, "/apis", AGGREGATED), "items") as readonly unknown[]).at(-1);
    assert.is(at(await last(), "versions", 0, "resources", 0, "resource"), "flowers");
    const url = at(await json(greenhouse, "/openapi/v3"), "paths", PATH.slice(1), "serverRelativeURL") as string;
    assert.is(url, `/openapi/v3${PATH}?hash=1`);
    assert.is(at(await json(greenhouse, url), "openapi"), "3.0.0");
    const { definitions, paths } = await json(greenhouse, "/openapi/v2");
    assert.ok(at(paths, `${PATH}/flowers`));
    assert.match(at(definitions, "com.example.greenhouse.v1.Flower", "description") as string, "grows in a greenhouse");
    await greenhouse.client.delete(endpointSlices, { namespace: "default", name: "greenhouse" });
    await known(greenhouse, "Stale");
    assert.equal(at(await last(), "versions"), [{ version: "v1", freshness: "Stale" }]);
    assert.ok((at(await json(greenhouse, "/apis", AGGREGATED), "items") as readonly unknown[]).length > 20);
  }));
