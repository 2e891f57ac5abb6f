// What requests are about: every kind that is built in, and one that a definition brings.
import type { CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Kind } from "#api/kind.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { kinds } from "#api/resources.ts";
import { groupVersionPath } from "#api/schema/openapi-operations.ts";
import type { FieldSchema } from "#api/schema/models.ts";
import { examplesOf } from "#test/support/examples.ts";
import type { Dice } from "./dice.ts";
import { bentExample, objectOf, objectWith, type Fields } from "./objects.ts";

/** A resource that requests are sent to. */
export type Subject = Pick<Kind, "group" | "version" | "kind" | "resource" | "namespaced"> & {
  readonly subresources: readonly string[];
  /** A body that is near to what it takes. */
  readonly make: (dice: Dice) => unknown;
};

/** An object after the kind's schema, or after that of a subresource. */
const madeOf = (dice: Dice, kind: Kind): unknown => {
  const { model = kind.model, ...of } = dice.pick<Pick<Kind, "group" | "version" | "kind"> & { readonly model?: string | undefined }>([
    kind,
    kind,
    ...Object.values(kind.subresources),
  ]);
  return objectOf(dice, model, { apiVersion: apiVersionOf(of), kind: of.kind });
};

const builtIn = (kind: Kind): Subject => {
  const examples = examplesOf(kind);
  const make = (dice: Dice): unknown => (examples === undefined || dice.oneIn(3) ? madeOf(dice, kind) : bentExample(dice, examples));
  return { ...kind, subresources: [...Object.keys(kind.subresources), "status"], make };
};

const CUSTOM = { group: "stable.example.com", version: "v1", kind: "CronTab", resource: "crontabs", namespaced: true } as const;
const text: FieldSchema = { type: "string" };
const LIST_MAP = { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name", "port"] };

/** One field for everything that schemas of custom resources can ask. */
const FIELDS = {
  spec: {
    type: "object",
    properties: {
      image: { ...text, maxLength: 20, pattern: "^[a-z]*$" },
      replicas: { type: "integer", format: "int32", minimum: 0, maximum: 100, default: 1 },
      ratio: { type: "number", multipleOf: 0.5 },
      when: { ...text, format: "date-time" },
      port: { "x-kubernetes-int-or-string": true },
      mode: { ...text, enum: ["Always", "TCP"], nullable: true },
      ports: {
        type: "array",
        items: { type: "object", required: ["name"], properties: { name: text, port: { type: "integer", default: 80 } } },
        ...LIST_MAP,
      },
      tags: { type: "array", items: text, "x-kubernetes-list-type": "set" },
      labels: { type: "object", additionalProperties: text },
      any: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      part: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    },
    "x-kubernetes-validations": [
      { rule: "!has(self.replicas) || self.replicas < 50", messageExpression: "'too many: ' + string(self.replicas)" },
      { rule: "!has(oldSelf.image) || oldSelf.image == self.image", message: "image is immutable" },
    ],
  },
  status: { type: "object", properties: { replicas: { type: "integer" } } },
} as const;

/** What makes it a kind. */
export const DEFINITION: CustomResourceDefinition = {
  metadata: { name: "crontabs.stable.example.com" },
  spec: {
    group: CUSTOM.group,
    scope: "Namespaced",
    names: { plural: CUSTOM.resource, kind: CUSTOM.kind },
    versions: [
      {
        name: CUSTOM.version,
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
        selectableFields: [{ jsonPath: ".spec.image" }],
        additionalPrinterColumns: [{ name: "Replicas", type: "integer", jsonPath: ".spec.replicas" }],
        schema: { openAPIV3Schema: { type: "object", properties: FIELDS } },
      },
    ],
  },
};

const customObject = (dice: Dice): unknown =>
  objectWith(dice, FIELDS satisfies Fields, { apiVersion: apiVersionOf(CUSTOM), kind: CUSTOM.kind });

/** The kind that is not built in. */
export const customSubject: Subject = { ...CUSTOM, subresources: ["status", "scale"], make: customObject };

const builtIns = kinds.map(builtIn);

/** What the next request is about. */
export const subjectOf = (dice: Dice): Subject => (dice.oneIn(12) ? customSubject : dice.pick(builtIns));

/** Where a subject's objects are, in the namespace `default` when it has namespaces. */
export const collectionOf = (subject: Pick<Subject, "group" | "version" | "namespaced" | "resource">): string =>
  `${groupVersionPath(subject)}${subject.namespaced ? "/namespaces/default" : ""}/${subject.resource}`;
