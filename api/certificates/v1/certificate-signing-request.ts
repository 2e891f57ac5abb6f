import type { V1CertificateSigningRequest, V1CertificateSigningRequestCondition } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { humanDuration } from "#api/meta/age.ts";
import { isEmpty } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { selectable } from "#api/meta/fields.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkRequest, checkRequestStatus } from "./certificate-signing-request-validate.ts";

export type CertificateSigningRequest = V1CertificateSigningRequest;

const sameType = (a: V1CertificateSigningRequestCondition, b: V1CertificateSigningRequestCondition): boolean => a.type === b.type;

/** When the condition began to say what it says. */
const sinceOf = (condition: V1CertificateSigningRequestCondition, old: CertificateSigningRequest, now: string): string => {
  const before = old.status?.conditions?.find((one) => sameType(one, condition));
  return (before?.status === condition.status ? before?.lastTransitionTime : undefined) ?? now;
};

/** Conditions say when they came and when they changed. upstream: populateConditionTimestamps */
const dateConditions = (draft: Draft<CertificateSigningRequest>, old: CertificateSigningRequest, now: string): void => {
  for (const condition of draft.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    condition.lastTransitionTime ??= sinceOf(condition, old, now);
  }
};

/** What was asked for stays; `approval` writes conditions alone. upstream: pkg/registry/certificates/certificates/strategy.go */
const prepareForUpdate = (
  draft: Draft<CertificateSigningRequest>,
  old: CertificateSigningRequest,
  subresource: string,
  now: string,
): void => {
  draft.spec = structuredClone(old.spec) as Draft<CertificateSigningRequest>["spec"];
  if (subresource === "approval") {
    const conditions = draft.status?.conditions;
    draft.status = structuredClone(old.status ?? {}) as NonNullable<Draft<CertificateSigningRequest>["status"]>;
    if (conditions === undefined) delete draft.status.conditions;
    else draft.status.conditions = conditions;
  }
  if (subresource !== "") dateConditions(draft, old, now);
};

/** upstream: printCertificateSigningRequest */
const conditionText = ({ status }: CertificateSigningRequest): string => {
  const has = (type: string): boolean => status?.conditions?.some((one) => one.type === type) === true;
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return [decision, ...(has("Failed") ? ["Failed"] : []), ...(isEmpty(status?.certificate) ? [] : ["Issued"])].join(",");
};

const durationText = ({ spec }: CertificateSigningRequest): string =>
  spec?.expirationSeconds === undefined ? "<none>" : humanDuration(spec.expirationSeconds * 1000);

const doc = (field: string): string => docOf("V1CertificateSigningRequestSpec", field);

/** CertificateSigningRequests: certificates that somebody asks for. */
export const certificateSigningRequests: Kind<CertificateSigningRequest> = {
  group: "certificates.k8s.io",
  version: "v1",
  resource: "certificatesigningrequests",
  kind: "CertificateSigningRequest",
  namespaced: false,
  singular: "certificatesigningrequest",
  listKind: "CertificateSigningRequestList",
  shortNames: ["csr"],
  categories: [],
  verbs: storedVerbs,
  model: "V1CertificateSigningRequest",
  bucket: "objects",
  status: true,
  subresources: {
    approval: {
      verbs: ["get", "patch", "update"],
      group: "certificates.k8s.io",
      version: "v1",
      kind: "CertificateSigningRequest",
      model: "V1CertificateSigningRequest",
      writesStatus: true,
    },
  },
  fields: selectable({ "spec.signerName": "" }),
  columns: [
    nameColumn,
    ageColumn,
    column("SignerName", "string", doc("signerName"), ({ spec }) => spec?.signerName || "<none>"),
    column("Requestor", "string", doc("username"), ({ spec }) => spec?.username ?? ""),
    column("RequestedDuration", "string", doc("expirationSeconds"), durationText),
    column("Condition", "string", docOf("V1CertificateSigningRequestStatus", "conditions"), conditionText),
  ],
  validate: (object, old, subresource) => [
    ...(subresource === "" ? checkRequest(object, old) : checkRequestStatus(object, old, subresource)),
  ],
  validName: () => [],
  strategy: { generation: false, prepareForCreate: (draft) => void (draft.status = {}), prepareForUpdate },
};
