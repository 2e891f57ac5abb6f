// What stands before chance begins: the definition of the custom kind, and objects to meet: examples of nearly every kind.
import { setImmediate as turn } from "node:timers/promises";
import { apiVersionOf } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { examplesOf } from "#test/support/examples.ts";
import type { RawRequest } from "./requests.ts";
import { collectionOf, customSubject, DEFINITION } from "./subjects.ts";
import type { Target } from "./targets.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** What decides about other requests would decide about all that follow. */
const DECIDING = ["admissionregistration.k8s.io", "apiregistration.k8s.io", "apiextensions.k8s.io", "flowcontrol.apiserver.k8s.io"];

const asking = (method: string, url: string, content?: unknown, type = "application/json"): RawRequest => ({
  method,
  url,
  headers: { accept: "application/json", ...(content === undefined ? {} : { "content-type": type }) },
  body: content === undefined ? undefined : new TextEncoder().encode(JSON.stringify(content)),
});

const established = async (target: Target): Promise<void> => {
  await target.send(asking("POST", DEFINITIONS, DEFINITION));
  const conditions = [{ type: "Established", status: "True" }];
  const url = `${DEFINITIONS}/${DEFINITION.metadata?.name ?? ""}/status`;
  await target.send(asking("PATCH", url, { status: { conditions } }, "application/merge-patch+json"));
  // oxlint-disable-next-line no-await-in-loop -- until it is served
  for (let tries = 0; tries < 1_000 && (await target.send(asking("GET", collectionOf(customSubject)))).code === 404; tries++) await turn();
};

/** Fills a server. What it refuses is not there. */
export const seed = async (target: Target): Promise<void> => {
  await target.send(asking("POST", "/api/v1/namespaces/default/serviceaccounts", { metadata: { name: "default" } }));
  await established(target);
  const spec = { image: "a", ports: [{ name: "a" }], tags: ["a"] };
  await target.send(asking("POST", collectionOf(customSubject), { ...typeOf(customSubject), metadata: { name: "a" }, spec }));
  for (const kind of kinds.filter(({ bucket, group }) => bucket !== "none" && !DECIDING.includes(group))) {
    const { minimal = {}, maximal = {} } = examplesOf(kind) ?? {};
    for (const [name, example] of [["a", minimal] as const, ["b", maximal] as const]) {
      const metadata = { ...(example["metadata"] as object | undefined), name };
      // oxlint-disable-next-line no-await-in-loop -- in order
      await target.send(asking("POST", collectionOf(kind), { ...typeOf(kind), ...example, metadata }));
    }
  }
};

const typeOf = (of: { readonly group: string; readonly version: string; readonly kind: string }) => ({
  apiVersion: apiVersionOf(of),
  kind: of.kind,
});
