// Groups of the Kubernetes community are for APIs that it has approved; a definition in one says who did, or that nobody did.
// upstream: apiextensions-apiserver/pkg/apihelpers/helpers.go
import type { V1CustomResourceDefinition } from "../generated/types.ts";
import { invalidValue, required } from "../meta/field-error.ts";
import type { FieldError } from "../meta/status.ts";

const ANNOTATION = "api-approved.kubernetes.io";
const PATH = `metadata.annotations[${ANNOTATION}]`;
const SEE = "see https://github.com/kubernetes/enhancements/pull/1111";

const isProtected = ({ spec: { group } }: V1CustomResourceDefinition): boolean => /(^|\.)(k8s|kubernetes)\.io$/.test(group);

/** What the annotation says, and the words for it; undefined: the group is nobody's but the author's. */
export type Approval = { readonly state: "Approved" | "Bypassed" | "Missing" | "Invalid"; readonly message: string };

/** The approval that a definition tells. */
export const approvalOf = (definition: V1CustomResourceDefinition): Approval | undefined => {
  if (!isProtected(definition)) return undefined;
  const text = definition.metadata?.annotations?.[ANNOTATION] ?? "";
  const must = `protected groups must have approval annotation "${ANNOTATION}"`;
  if (text === "") return { state: "Missing", message: `${must}, ${SEE}` };
  if (text.startsWith("unapproved")) return { state: "Bypassed", message: `not approved: ${JSON.stringify(text)}` };
  if ((URL.parse(text)?.host ?? "") !== "") return { state: "Approved", message: `approved in ${text}` };
  return { state: "Invalid", message: `${must} with either a URL or a reason starting with "unapproved", ${SEE}` };
};

/** What is wrong with the approval. One that is as it was is let pass. upstream: validateAPIApproval */
export const approvalErrors = (definition: V1CustomResourceDefinition, old?: V1CustomResourceDefinition): readonly FieldError[] => {
  const approval = approvalOf(definition);
  if (approval === undefined || (old !== undefined && approvalOf(old)?.state === approval.state)) return [];
  if (approval.state === "Missing") return [required(PATH, approval.message)];
  return approval.state === "Invalid" ? [invalidValue(PATH, definition.metadata?.annotations?.[ANNOTATION], approval.message)] : [];
};
