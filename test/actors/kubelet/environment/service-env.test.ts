import * as assert from "uvu/assert";
import type { Service } from "#api/core/v1/service.ts";
import type { Stored } from "#api/meta/object.ts";
import { serviceEnvironment } from "#actors/kubelet/environment/service-env.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("service environment");

const service = (namespace: string, name: string, spec: Service["spec"]): Stored<Service> => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { namespace, name, uid: name, resourceVersion: "1", creationTimestamp: "" },
  spec,
});
const all = [
  service("default", "kubernetes", { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443 }] }),
  service("shop", "red-is", { clusterIP: "10.96.0.7", ports: [{ port: 6379 }, { name: "dns-udp", port: 53, protocol: "UDP" }] }),
  service("shop", "headless", { clusterIP: "None", ports: [{ port: 1 }] }),
  service("shop", "portless", { clusterIP: "10.96.0.8" }),
  service("other", "else", { clusterIP: "10.96.0.9", ports: [{ port: 1 }] }),
];

test("tells of the services of the pod's namespace and of the API server, as Docker did", () => {
  const names = Object.fromEntries(serviceEnvironment(all, "shop", true));
  assert.is(names["KUBERNETES_SERVICE_HOST"], "10.96.0.1");
  assert.is(names["KUBERNETES_SERVICE_PORT_HTTPS"], "443");
  assert.equal(
    Object.entries(names).filter(([name]) => name.startsWith("RED_IS")),
    [
      ["RED_IS_SERVICE_HOST", "10.96.0.7"],
      ["RED_IS_SERVICE_PORT", "6379"],
      ["RED_IS_SERVICE_PORT_DNS_UDP", "53"],
      ["RED_IS_PORT", "tcp://10.96.0.7:6379"],
      ["RED_IS_PORT_6379_TCP", "tcp://10.96.0.7:6379"],
      ["RED_IS_PORT_6379_TCP_PROTO", "tcp"],
      ["RED_IS_PORT_6379_TCP_PORT", "6379"],
      ["RED_IS_PORT_6379_TCP_ADDR", "10.96.0.7"],
      ["RED_IS_PORT_53_UDP", "udp://10.96.0.7:53"],
      ["RED_IS_PORT_53_UDP_PROTO", "udp"],
      ["RED_IS_PORT_53_UDP_PORT", "53"],
      ["RED_IS_PORT_53_UDP_ADDR", "10.96.0.7"],
    ],
  );
  assert.not(Object.keys(names).some((name) => /HEADLESS|PORTLESS|ELSE/.test(name)));
});

test("tells only of the API server when the pod wants no links", () => {
  const names = [...serviceEnvironment(all, "shop", false).keys()];
  assert.ok(names.every((name) => name.startsWith("KUBERNETES_")));
  assert.is(names.length, 8);
});
