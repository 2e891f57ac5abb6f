import * as assert from "uvu/assert";
import type { V1PodSpec } from "#api/generated/types.ts";
import { detailText, violationsOf } from "#api/pod-security/evaluate.ts";
import { levelText, policyErrors, policyOf, type Level } from "#api/pod-security/policy.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api/pod-security");

const GOOD = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const safe: V1PodSpec = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  containers: [{ name: "c", image: "i", securityContext: GOOD }],
};
const details = (level: Level, spec: Partial<V1PodSpec>, minor?: number): string =>
  detailText(violationsOf({ spec: { ...safe, ...spec } }, { level, minor }));

/** A container with this security, everything else as the level wants it. */
const secured = (securityContext: object, more: object = {}): Partial<V1PodSpec> => ({
  containers: [{ name: "a", image: "i", securityContext: { ...GOOD, ...securityContext }, ...more }],
});

const BASELINE: readonly (readonly [Partial<V1PodSpec>, string])[] = [
  [secured({ privileged: true }), 'privileged (container "a" must not set securityContext.privileged=true)'],
  [{ hostNetwork: true, hostIPC: true }, "host namespaces (hostNetwork=true, hostIPC=true)"],
  [{ volumes: [{ name: "v", hostPath: { path: "/" } }] }, 'hostPath volumes (volume "v")'],
  [
    secured(
      {},
      {
        ports: [
          { containerPort: 80, hostPort: 80 },
          { containerPort: 81, hostPort: 81 },
        ],
      },
    ),
    'hostPorts (container "a" uses hostPorts 80, 81)',
  ],
  [
    secured({ capabilities: { add: ["SYS_TIME", "CHOWN"] } }),
    'non-default capabilities (container "a" must not include "SYS_TIME" in securityContext.capabilities.add)',
  ],
  [secured({ procMount: "Unmasked" }), 'procMount (container "a" must not set securityContext.procMount to "Unmasked")'],
  [
    { ...secured({ seLinuxOptions: { type: "other", user: "u" } }), securityContext: { seLinuxOptions: { role: "r" } } },
    'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: role may not be set; type "other"; user may not be set)',
  ],
  [
    secured({ seccompProfile: { type: "Unconfined" } }),
    'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
  [
    {
      securityContext: {
        sysctls: [
          { name: "kernel.x", value: "1" },
          { name: "kernel.y", value: "1" },
        ],
      },
    },
    "forbidden sysctls (kernel.x, kernel.y)",
  ],
  [
    { securityContext: { windowsOptions: { hostProcess: true } } },
    "hostProcess (pod must not set securityContext.windowsOptions.hostProcess=true)",
  ],
  [
    { securityContext: { appArmorProfile: { type: "Unconfined" } } },
    'forbidden AppArmor profile (pod must not set AppArmor profile type to "Unconfined")',
  ],
  [
    secured({}, { livenessProbe: { httpGet: { port: 80, host: "h" } } }),
    'probe or lifecycle host (container "a" uses probe or lifecycle host "h")',
  ],
];
for (const [spec, expected] of BASELINE) {
  test(`baseline forbids ${expected.split(" (")[0] ?? ""}`, () => {
    assert.is(details("baseline", spec), expected);
    assert.is(details("privileged", spec), "");
  });
}

const RESTRICTED: readonly (readonly [Partial<V1PodSpec>, string])[] = [
  [
    secured({ allowPrivilegeEscalation: undefined }),
    'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
  ],
  [
    secured({ capabilities: { add: ["CHOWN", "NET_BIND_SERVICE"] } }),
    'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "a" must not include "CHOWN" in securityContext.capabilities.add)',
  ],
  [
    {
      volumes: [
        { name: "a", hostPath: { path: "/" } },
        { name: "b", nfs: { path: "/", server: "s" } },
        { name: "c", emptyDir: {} },
      ],
    },
    'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
  ],
  [
    { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
    'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)',
  ],
  [secured({ runAsNonRoot: false }), 'runAsNonRoot != true (container "a" must not set securityContext.runAsNonRoot=false)'],
  [secured({ runAsUser: 0 }), 'runAsUser=0 (container "a" must not set runAsUser=0)'],
  [
    { securityContext: { runAsNonRoot: true } },
    'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
  ],
  [
    secured({ seccompProfile: { type: "Unconfined" } }),
    'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
  ],
];
for (const [spec, expected] of RESTRICTED) test(`restricted forbids ${expected}`, () => assert.is(details("restricted", spec), expected));

test("a safe pod is allowed at every level", () => {
  assert.is(details("restricted", {}), "");
});

test("rules of older versions know less", () => {
  const host = secured({}, { livenessProbe: { tcpSocket: { port: 80, host: "h" } } });
  assert.is(details("baseline", host, 33), "");
  assert.is(details("restricted", secured({ runAsUser: 0 }), 22), "");
  const sysctl = { securityContext: { sysctls: [{ name: "net.ipv4.tcp_rmem", value: "1" }] } };
  assert.is(details("baseline", sysctl, 31), "forbidden sysctl (net.ipv4.tcp_rmem)");
  assert.is(details("baseline", sysctl, 99), "");
});

test("labels make a policy, and those that cannot be read are named", () => {
  const label = (key: string) => `pod-security.kubernetes.io/${key}`;
  const both = policyOf({ [label("enforce")]: "baseline", [label("enforce-version")]: "v1.30", [label("warn")]: "restricted" });
  assert.equal([levelText(both.enforce), levelText(both.warn)], ["baseline:v1.30", "restricted:latest"]);
  assert.is(levelText(policyOf({ [label("enforce")]: "baseline" }).warn), "baseline:latest");
  assert.is(levelText(policyOf(undefined).enforce), "privileged:latest");
  assert.equal(
    policyErrors({ [label("enforce")]: "high", [label("warn-version")]: "1.3" }).map(({ field, message }) => `${field}: ${message}`),
    [
      'metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "high": must be one of privileged, baseline, restricted',
      'metadata.labels[pod-security.kubernetes.io/warn-version]: Invalid value: "1.3": must be "latest" or "v1.x"',
    ],
  );
});
