import * as assert from "uvu/assert";
import { parseAdmission } from "#actors/api-server/admission/configuration.ts";
import { defaultPodSecurity } from "#api/pod-security/configuration.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("api-server/admission/configuration");

const file = (...plugins: readonly object[]): string =>
  JSON.stringify({ apiVersion: "apiserver.config.k8s.io/v1", kind: "AdmissionConfiguration", plugins });

const podSecurity = (rest: object, version = "v1"): string =>
  file({
    name: "PodSecurity",
    configuration: { apiVersion: `pod-security.admission.config.k8s.io/${version}`, kind: "PodSecurityConfiguration", ...rest },
  });

const faultOf = (text: string): string => {
  try {
    parseAdmission(text);
    return "none";
  } catch (error) {
    return (error as Error).message;
  }
};

test("reads defaults and exemptions; what is not said is privileged, and nobody is exempt", () => {
  const defaults = { enforce: "baseline", "enforce-version": "v1.30", warn: "restricted", audit: "" };
  const exemptions = { usernames: ["root"], namespaces: ["kube-system"] };
  assert.equal(parseAdmission(podSecurity({ defaults, exemptions })).podSecurity, {
    defaults: {
      enforce: { level: "baseline", minor: 30 },
      audit: { level: "privileged", minor: undefined },
      warn: { level: "restricted", minor: undefined },
    },
    exemptions: { usernames: ["root"], runtimeClasses: [], namespaces: ["kube-system"] },
  });
});

test("a file that names no plugin changes nothing", () => {
  for (const text of [file(), file({ name: "PodSecurity" })]) assert.equal(parseAdmission(text).podSecurity, defaultPodSecurity);
});

test("what is wrong with a file is said", () => {
  const field = "plugins[0].configuration";
  for (const [text, fault] of [
    ["kind: Pod", 'an admission configuration is an object of apiVersion "apiserver.config.k8s.io/v1" and kind "AdmissionConfiguration"'],
    [file({ name: "EventRateLimit" }), 'plugins[0].name: Unsupported value: "EventRateLimit": supported values: "PodSecurity"'],
    [file({ name: "PodSecurity", path: "/x" }), "plugins[0].path: Forbidden: a configuration stands in the file itself"],
    [
      podSecurity({}, "v2"),
      `${field}: no kind "PodSecurityConfiguration" is registered for version "pod-security.admission.config.k8s.io/v2"`,
    ],
    [
      podSecurity({ defaults: { enforce: "high" } }),
      `${field}.defaults.enforce: Invalid value: "high": must be one of privileged, baseline, restricted`,
    ],
    [
      podSecurity({ defaults: { "warn-version": "1.30" } }),
      `${field}.defaults.warn-version: Invalid value: "1.30": must be "latest" or "v1.x"`,
    ],
    [podSecurity({ exemptions: { usernames: ["a", "a"] } }), `${field}.exemptions.usernames[1]: Duplicate value: "a"`],
    [podSecurity({ exemptions: { usernames: [""] } }), `${field}.exemptions.usernames[0]: Required value`],
  ] as const) {
    assert.is(faultOf(text), fault);
  }
  assert.match(
    faultOf(podSecurity({ exemptions: { namespaces: ["A"] } })),
    /^plugins\[0\]\.configuration\.exemptions\.namespaces\[0\]: Invalid value: "A": a lowercase RFC 1123 label/,
  );
});
