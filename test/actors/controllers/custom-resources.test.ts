import * as assert from "uvu/assert";
import { CLEANUP, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Stored } from "#api/meta/object.ts";
import { decide } from "#actors/controllers/custom-resources/decide.ts";
import { definedResource } from "#actors/controllers/custom-resources/resource.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("controllers/custom-resources");
type Definition = Stored<CustomResourceDefinition>;

const widgets: Definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: "widgets.example.com",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    finalizers: [CLEANUP],
  },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList", shortNames: ["w"] },
    versions: [{ name: "v1", served: true, storage: true }],
  },
};

const reportOf = (definition: Definition, others: readonly Definition[] = [], remaining = 0): Definition => {
  const [action] = decide({ definition, others, remaining }, 0);
  if (action?.do !== "report") throw new Error(`it does ${action?.do}`);
  return action.definition;
};
const conditions = ({ status }: Definition) => (status?.conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);

test("names that nobody has are accepted, and the definition is established", () => {
  const report = reportOf(widgets);
  assert.equal(conditions(report), ["NamesAccepted=True NoConflicts", "Established=True InitialNamesAccepted"]);
  assert.equal(report.status?.acceptedNames, widgets.spec.names);
  assert.equal(decide({ definition: report, others: [], remaining: 0 }, 0), []);
});

test("a definition in the community's groups tells whether it is approved", () => {
  const approval = (text: string): string | undefined => {
    const annotations = { "api-approved.kubernetes.io": text };
    const { group: _, ...spec } = widgets.spec;
    const mine = { ...widgets, metadata: { ...widgets.metadata, annotations }, spec: { ...spec, group: "example.k8s.io" } };
    return conditions(reportOf(mine))[0];
  };
  assert.is(approval("https://example.com/1"), "KubernetesAPIApprovalPolicyConformant=True ApprovedAnnotation");
  assert.is(approval("unapproved, a test"), "KubernetesAPIApprovalPolicyConformant=False UnapprovedAnnotation");
  assert.is(approval("yes"), "KubernetesAPIApprovalPolicyConformant=False InvalidAnnotation");
  assert.is(approval(""), "KubernetesAPIApprovalPolicyConformant=False MissingAnnotation");
});

test("a name that another of the group has is a conflict, and the definition is not established", () => {
  const other = { ...reportOf(widgets), metadata: { ...widgets.metadata, name: "gadgets.example.com" } };
  const clash = {
    ...widgets,
    spec: { ...widgets.spec, names: { plural: "things", kind: "Thing", listKind: "ThingList", shortNames: ["w"] } },
  };
  const report = reportOf(clash, [other]);
  assert.equal(conditions(report), ["NamesAccepted=False ShortNamesConflict", "Established=False NotAccepted"]);
  assert.is(report.status?.conditions?.[0]?.message, '"w" is already in use');
  assert.is(report.status?.acceptedNames?.plural, "things");
  assert.is(report.status?.acceptedNames?.shortNames, undefined);
});

test("of several names that are taken the last is told, with all of its kind", () => {
  const other = { ...reportOf(widgets), metadata: { ...widgets.metadata, name: "gadgets.example.com" } };
  const names = { plural: "things", kind: "Widget", listKind: "ThingList", shortNames: ["w", "widget"] };
  const told = (changes: object): readonly (string | undefined)[] => {
    const { status } = reportOf({ ...widgets, spec: { ...widgets.spec, names: { ...names, ...changes } } }, [other]);
    return [status?.conditions?.[0]?.reason, status?.conditions?.[0]?.message];
  };
  assert.equal(told({}), ["KindConflict", '"Widget" is already in use']);
  assert.equal(told({ kind: "Thing" }), ["ShortNamesConflict", '["w" is already in use, "widget" is already in use]']);
});

test("an established definition stays established when its new short name is taken", () => {
  const mine = reportOf(widgets);
  const other = { ...widgets, status: { acceptedNames: { plural: "x", kind: "X", shortNames: ["x"] } } };
  const wanted = { ...mine, spec: { ...mine.spec, names: { ...mine.spec.names, shortNames: ["x"] } } };
  const report = reportOf(wanted, [other]);
  assert.equal(conditions(report), ["NamesAccepted=False ShortNamesConflict", "Established=True InitialNamesAccepted"]);
  assert.equal(report.status?.acceptedNames?.shortNames, ["w"]);
});

test("a deleted definition empties itself before it goes", () => {
  const live = reportOf(widgets);
  const dying = { ...live, metadata: { ...live.metadata, deletionTimestamp: "2026-01-02T00:00:00Z" } };
  const told = reportOf(dying, [], 1);
  assert.ok(conditions(told).includes("Terminating=True InstanceDeletionInProgress"));
  assert.equal(
    decide({ definition: told, others: [], remaining: 1 }, 0).map((action) => action.do),
    ["empty", "requeue"],
  );
  const emptied = reportOf(told, [], 0);
  assert.ok(conditions(emptied).includes("Terminating=False InstanceDeletionCompleted"));
  assert.equal(
    decide({ definition: emptied, others: [], remaining: 0 }, 0).map((action) => action.do),
    ["release"],
  );
});

test("other controllers handle its objects in the version that is stored, else in one that is served", () => {
  assert.is(definedResource(widgets), undefined);
  const live = reportOf(widgets);
  assert.equal(definedResource(live), { group: "example.com", version: "v1", resource: "widgets", kind: "Widget", namespaced: true });
  const versions = [
    { name: "v1", served: false, storage: true },
    { name: "v2", served: true, storage: false },
  ];
  assert.is(definedResource({ ...live, spec: { ...live.spec, versions } })?.version, "v2");
});
