// A definition of custom resources for tests, and what its controller does to it.
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Draft, KubeObject, Stored } from "#api/meta/object.ts";
import type { Ask, TestServer } from "#test/support/api-server.ts";

/** Where definitions are. */
export const crds = { of: "customresourcedefinitions.apiextensions.k8s.io" } as const;
/** Where its objects are. */
export const tabs = { of: "crontabs.stable.example.com", namespace: "default" } as const;
/** One of its objects. */
export type Tab = Stored<KubeObject & { readonly spec: { readonly [field: string]: unknown }; readonly status?: object }>;

/** CronTabs in one version, with status, scale, a selectable field and a column. */
export const definition = (): Draft<CustomResourceDefinition> => ({
  metadata: { name: "crontabs.stable.example.com" },
  spec: {
    group: "stable.example.com",
    scope: "Namespaced",
    names: { plural: "crontabs", kind: "CronTab", shortNames: ["ct"] },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        selectableFields: [{ jsonPath: ".spec.image" }],
        additionalPrinterColumns: [{ name: "Replicas", type: "integer", jsonPath: ".spec.replicas" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                required: ["image"],
                properties: { image: { type: "string" }, replicas: { type: "integer", minimum: 1, default: 1 } },
              },
              status: { type: "object", properties: { replicas: { type: "integer" } } },
            },
          },
        },
      },
    ],
  },
});

/** What the controller of definitions does. */
export const establish = async (api: TestServer, name = "crontabs.stable.example.com"): Promise<void> => {
  const conditions = [
    { type: "Established", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z", reason: "InitialNamesAccepted", message: "" },
  ];
  const body = { status: { conditions } };
  await api.must({ ...crds, verb: "patch", name, subresource: "status", type: "application/merge-patch+json", body });
};

/** Creates one. */
export const tab = (name: string, spec: object = { image: "a" }): Ask => ({
  ...tabs,
  verb: "create",
  body: { apiVersion: "stable.example.com/v1", kind: "CronTab", metadata: { name }, spec },
});
