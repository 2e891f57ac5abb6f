import * as assert from "uvu/assert";
import { serviceCidrsController } from "#actors/controllers/service-cidrs/io.ts";
import type { V1Condition } from "#api/generated/types.ts";
import type { Stored } from "#api/meta/object.ts";
import type { ServiceCIDR } from "#api/networking/v1/service-cidr.ts";
import type { TestServer } from "#test/support/api-server.ts";
import { controlling } from "#test/support/controlling.ts";
import { eventually } from "#test/support/eventually.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/service-cidrs");

const FINALIZER = "networking.k8s.io/service-cidr-finalizer";
const at = (name: string) => ({ of: "servicecidrs.networking.k8s.io/v1", name }) as const;

const withController = async (body: (api: TestServer) => Promise<void>): Promise<void> => {
  const { api, stop } = await controlling(serviceCidrsController);
  try {
    await body(api);
  } finally {
    await stop();
  }
};

const create = (api: TestServer, name: string, ...cidrs: readonly string[]): Promise<ServiceCIDR> =>
  api.must({ ...at(name), verb: "create", name: "", body: { metadata: { name }, spec: { cidrs } } });
const serve = (api: TestServer, name: string, clusterIP: string) =>
  api.must({
    of: "services",
    namespace: "default",
    verb: "create",
    body: { metadata: { name }, spec: { clusterIP, ports: [{ port: 80 }] } },
  });
const readyOf = ({ status }: ServiceCIDR): V1Condition | undefined => status?.conditions?.find(({ type }) => type === "Ready");

/** The ServiceCIDR once it is as wanted. */
const becomes = (api: TestServer, name: string, wanted: (cidr: Stored<ServiceCIDR>) => boolean): Promise<Stored<ServiceCIDR>> =>
  eventually(api.clock, async () => {
    const cidr = await api.must<Stored<ServiceCIDR>>({ ...at(name), verb: "get" });
    return wanted(cidr) ? cidr : undefined;
  });
const goes = (api: TestServer, name: string): Promise<true> =>
  eventually(api.clock, async () => ((await api.ask({ ...at(name), verb: "get" })).code === 404 ? true : undefined));
const isReady = (cidr: ServiceCIDR): boolean => readyOf(cidr)?.status === "True";
const isProtected = ({ metadata }: ServiceCIDR): boolean => metadata?.finalizers?.includes(FINALIZER) === true;

test("a network is protected, and then ready", () =>
  withController(async (api) => {
    await create(api, "more", "10.97.0.0/24", "fd00::/112");
    const cidr = await becomes(api, "more", (one) => isReady(one) && isProtected(one));
    assert.is(readyOf(cidr)?.message, "Kubernetes Service CIDR is ready");
    assert.ok(isProtected(await becomes(api, "kubernetes", isProtected)));
  }));

test("a network that nobody uses goes after ten seconds", () =>
  withController(async (api) => {
    await create(api, "more", "10.97.0.0/24");
    await becomes(api, "more", isProtected);
    const from = api.clock.now();
    await api.must({ ...at("more"), verb: "delete" });
    await goes(api, "more");
    assert.ok(api.clock.now() - from >= 10_000);
  }));

test("a network in use says so, and goes when its last Service has gone", () =>
  withController(async (api) => {
    await create(api, "more", "10.97.0.0/24");
    await becomes(api, "more", isProtected);
    await serve(api, "web", "10.97.0.5");
    await api.must({ ...at("more"), verb: "delete" });
    const blocked = await becomes(api, "more", (cidr) => !isReady(cidr));
    assert.is(readyOf(blocked)?.reason, "Terminating");
    assert.is(
      readyOf(blocked)?.message,
      "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR",
    );
    await api.must({ of: "services", namespace: "default", name: "web", verb: "delete" });
    await goes(api, "more");
  }));

test("a network in use goes when a larger one holds its addresses", () =>
  withController(async (api) => {
    await create(api, "more", "10.97.0.0/24");
    await becomes(api, "more", isProtected);
    await serve(api, "web", "10.97.0.5");
    await api.must({ ...at("more"), verb: "delete" });
    await becomes(api, "more", (cidr) => !isReady(cidr));
    await create(api, "larger", "10.97.0.0/16");
    await goes(api, "more");
  }));
