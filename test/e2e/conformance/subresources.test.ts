// What conformance asks of pods' subresources that are the pod itself, over HTTPS and with kubectl: ephemeral containers and
// resize. upstream: test/e2e/common/node/{ephemeral_containers,pod_resize}.go, test/e2e/kubectl/kubectl.go
import * as assert from "uvu/assert";
import type { V1Pod, V1ResourceRequirements, V1Status } from "#api/generated/types.ts";
import { suite } from "#test/support/suite.ts";
import { VERSIONS } from "../support/clients.ts";
import { atDesk } from "../support/script.ts";
import { APPLY, MERGE, withWire, type Answer, type Wire } from "../support/wire.ts";

const test = suite("e2e/conformance/subresources", 60_000);

const STRATEGIC = "application/strategic-merge-patch+json";
const JSON_PATCH = "application/json-patch+json";
const PODS = "/api/v1/namespaces/default/pods";
const [EPHEMERAL, RESIZE] = [`${PODS}/p/ephemeralcontainers`, `${PODS}/p/resize`];
const RESOURCES: V1ResourceRequirements = { requests: { cpu: "100m", memory: "10Mi" }, limits: { cpu: "1", memory: "20Mi" } };
const POD = { metadata: { name: "p" }, spec: { containers: [{ name: "a", image: "x", resources: RESOURCES }] } };

type Said = Answer<V1Pod & V1Status>;

const withPod = (body: (wire: Wire) => Promise<void>): Promise<void> =>
  withWire(async (wire) => {
    await wire.must("POST", PODS, { body: POD });
    await body(wire);
  });
const debuggers = ({ body: { spec } }: Said): readonly string[] => (spec?.ephemeralContainers ?? []).map(({ name }) => name);
const amounts = ({ body: { spec } }: Said): V1ResourceRequirements | undefined => spec?.containers[0]?.resources;
const wanted = (resources: V1ResourceRequirements, more: object = {}) => ({ spec: { containers: [{ name: "a", resources, ...more }] } });
const debugging = (...containers: readonly object[]) => ({ spec: { ephemeralContainers: containers } });
const refusedWith = ({ code, body }: Said, why: RegExp): void => {
  assert.is(code, 422);
  assert.match(body.message ?? "", why);
};

test("ephemeral containers are added by every patch, by put and by apply", () =>
  withPod(async (wire) => {
    const patch = (type: string, body: unknown, query = ""): Promise<Said> => wire.ask("PATCH", `${EPHEMERAL}${query}`, { type, body });
    assert.equal(debuggers(await patch(STRATEGIC, debugging({ name: "d1", image: "y", targetContainerName: "a" }))), ["d1"]);
    const third = { op: "add", path: "/spec/ephemeralContainers/-", value: { name: "d2", image: "y" } };
    assert.equal(debuggers(await patch(JSON_PATCH, [third])), ["d1", "d2"]);
    const config = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, ...debugging({ name: "d3", image: "y" }) };
    assert.equal(debuggers(await patch(APPLY, config, "?fieldManager=me")), ["d1", "d2", "d3"]);
    const present = await wire.must<V1Pod>("GET", EPHEMERAL);
    const ephemeralContainers = [...(present.spec?.ephemeralContainers ?? []), { name: "d4", image: "y" }];
    const put: Said = await wire.ask("PUT", EPHEMERAL, { body: { ...present, spec: { ...present.spec, ephemeralContainers } } });
    assert.equal(debuggers(put), ["d1", "d2", "d3", "d4"]);
    const [, , , added] = put.body.spec?.ephemeralContainers ?? [];
    assert.equal([added?.imagePullPolicy, added?.terminationMessagePolicy], ["Always", "File"], "defaults");
    assert.is(put.body.metadata?.generation, 5, "each counts");
  }));

test("of a pod, ephemeralcontainers changes ephemeral containers alone, and those that are there stay", () =>
  withPod(async (wire) => {
    const patch = (body: unknown, path = EPHEMERAL, type = STRATEGIC): Promise<Said> => wire.ask("PATCH", path, { type, body });
    const more = {
      metadata: { labels: { a: "b" } },
      spec: { activeDeadlineSeconds: 3, ephemeralContainers: [{ name: "d1", image: "y" }] },
    };
    const { body } = await patch(more);
    assert.equal([body.metadata?.labels, body.spec?.activeDeadlineSeconds], [undefined, undefined]);
    refusedWith(await patch(debugging({ name: "d1", image: "z" })), /existing ephemeral containers "d1" may not be changed/);
    refusedWith(await patch(debugging(), EPHEMERAL, MERGE), /existing ephemeral containers "d1" may not be removed/);
    refusedWith(await patch(debugging({ name: "a", image: "z" })), /spec\.ephemeralContainers\[0\]\.name: Duplicate value: "a"/);
    refusedWith(
      await patch(debugging({ name: "d2", image: "z", targetContainerName: "none" })),
      /spec\.ephemeralContainers\[0\]\.targetContainerName: Not found: "none"/,
    );
    refusedWith(
      await patch(debugging({ name: "d2", image: "z", ports: [{ containerPort: 1 }], resources: { limits: { cpu: "1" } } })),
      /\.resources: Forbidden: cannot be set for an Ephemeral Container.*\.ports: Forbidden: cannot be set for an Ephemeral Container/,
    );
    refusedWith(await patch(debugging({ name: "d2", image: "z" }), `${PODS}/p`), /pod updates may not change fields other than/);
    assert.is((await wire.ask("PATCH", `${PODS}/none/ephemeralcontainers`, { type: STRATEGIC, body: more })).code, 404);
  }));

test("a resize changes cpu and memory by every patch, by put and by apply", () =>
  withPod(async (wire) => {
    const patch = (type: string, body: unknown, query = ""): Promise<Said> => wire.ask("PATCH", `${RESIZE}${query}`, { type, body });
    assert.is(amounts(await patch(STRATEGIC, wanted({ requests: { cpu: "200m" } })))?.requests?.["cpu"], "200m");
    const replace = { op: "replace", path: "/spec/containers/0/resources/limits/memory", value: "30Mi" };
    assert.is(amounts(await patch(JSON_PATCH, [replace]))?.limits?.["memory"], "30Mi");
    const config = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, ...wanted({ requests: { cpu: "300m" } }) };
    assert.is(amounts(await patch(APPLY, config, "?fieldManager=me&force=true"))?.requests?.["cpu"], "300m");
    const present = await wire.must<V1Pod>("GET", RESIZE);
    const containers = present.spec?.containers.map((container) => Object.assign({}, container, { resources: RESOURCES }));
    const put: Said = await wire.ask("PUT", RESIZE, { body: { ...present, spec: { ...present.spec, containers } } });
    assert.equal([amounts(put), put.body.metadata?.generation], [RESOURCES, 5]);
  }));

test("a resize changes nothing else, and keeps within the pod's limits and class", () =>
  withPod(async (wire) => {
    const patch = (body: unknown, path = RESIZE, type = STRATEGIC): Promise<Said> => wire.ask("PATCH", path, { type, body });
    const other = await patch({ metadata: { labels: { a: "b" } }, ...wanted({ requests: { memory: "11Mi" } }, { image: "new" }) });
    assert.equal([other.body.metadata?.labels, other.body.spec?.containers[0]?.image], [undefined, "x"]);
    refusedWith(
      await patch(wanted({ requests: { cpu: "2" } })),
      /resources\.requests: Invalid value: "2": must be less than or equal to cpu limit of 1$/,
    );
    refusedWith(
      await patch(wanted({ requests: { "ephemeral-storage": "1Mi" } })),
      /spec: Forbidden: only cpu and memory resources are mutable$/,
    );
    refusedWith(await patch(wanted({ requests: { cpu: "1", memory: "20Mi" } })), /Pod QOS Class may not change as a result of resizing$/);
    const remove = [{ op: "remove", path: "/spec/containers/0/resources/limits" }];
    refusedWith(await patch(remove, RESIZE, JSON_PATCH), /limits: Forbidden: resource limits cannot be removed$/);
    refusedWith(await patch(wanted({ requests: { cpu: "400m" } }), `${PODS}/p`), /pod updates may not change fields other than/);
    const containerStatuses = [{ name: "a", state: { running: {} }, ready: true, restartCount: 0, image: "x", imageID: "" }];
    await wire.must("PATCH", `${PODS}/p/status`, { type: MERGE, body: { status: { containerStatuses } } });
    refusedWith(
      await patch(wanted({ requests: { cpu: "400m" } })),
      /spec: Forbidden: Pod running on node without support for resize may not be resized$/,
    );
  }));

for (const version of VERSIONS)
  test(`kubectl ${version} debugs and resizes a pod`, () =>
    atDesk(version, async ({ kubectl, file }) => {
      file("pod.json", { apiVersion: "v1", kind: "Pod", ...POD });
      await kubectl(["create", "serviceaccount", "default"]);
      assert.is((await kubectl(["create", "-f", "pod.json"])).code, 0);
      const debug = await kubectl(["debug", "p", "--image=y", "--target=a", "--container=d1", "--attach=false"]);
      assert.is(debug.code, 0, debug.stderr);
      const resources = JSON.stringify(wanted({ requests: { cpu: "250m" } }));
      const resize = await kubectl(["patch", "pod", "p", "--subresource=resize", "--patch", resources]);
      assert.is(resize.stdout, "pod/p patched\n");
      const path = "jsonpath={.spec.ephemeralContainers[*].name} {.spec.containers[0].resources.requests.cpu}";
      assert.is((await kubectl(["get", "pod", "p", "-o", path])).stdout, "d1 250m");
    }));
