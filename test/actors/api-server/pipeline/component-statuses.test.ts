import * as assert from "uvu/assert";
import { startApiServer, type TestServer } from "#test/support/api-server.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/pipeline/component-statuses");
const statuses = { of: "componentstatuses" } as const;
const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";

type Table = { readonly rows: readonly { readonly cells: readonly string[] }[] };

const lead = (api: TestServer, name: string, renewTime: string): Promise<unknown> =>
  api.must({
    of: "leases.coordination.k8s.io/v1",
    namespace: "kube-system",
    verb: "create",
    body: { metadata: { name }, spec: { holderIdentity: "a", leaseDurationSeconds: 15, renewTime } },
  });

test("who leads is healthy, who does not is not", async () => {
  const api = await startApiServer();
  await lead(api, "kube-scheduler", "2026-01-01T00:00:00.000000Z");
  await lead(api, "kube-controller-manager", "2025-12-31T23:00:00.000000Z");
  const { rows } = await api.must<Table>({ ...statuses, verb: "list", accept: TABLE });
  assert.equal(
    rows.map(({ cells }) => cells.slice(0, 3)),
    [
      ["controller-manager", "Unhealthy", "a has not renewed its lease since 2025-12-31T23:00:00.000000Z"],
      ["scheduler", "Healthy", "ok"],
      ["etcd-0", "Healthy", "ok"],
    ],
  );
  await api.close();
});

test("one status is an object, and using it is warned of", async () => {
  const api = await startApiServer();
  const { body, raw } = await api.ask({ ...statuses, verb: "get", name: "scheduler" });
  assert.equal(body["conditions"], [{ type: "Healthy", status: "False", message: "nobody leads" }]);
  assert.equal(raw.warnings, ["v1 ComponentStatus is deprecated in v1.19+"]);
  assert.is((await api.ask({ ...statuses, verb: "get", name: "cook" })).code, 404);
  await api.close();
});
