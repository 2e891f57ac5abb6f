import type { V1LocalSubjectAccessReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";
import { checkLocalReview } from "./validate.ts";

export type LocalSubjectAccessReview = V1LocalSubjectAccessReview;

/** LocalSubjectAccessReviews: may this user do that in this namespace? */
export const localSubjectAccessReviews: Kind<LocalSubjectAccessReview> = {
  group: "authorization.k8s.io",
  version: "v1",
  resource: "localsubjectaccessreviews",
  kind: "LocalSubjectAccessReview",
  namespaced: true,
  singular: "localsubjectaccessreview",
  listKind: "LocalSubjectAccessReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1LocalSubjectAccessReview",
  bucket: "none",
  status: false,
  subresources: {},
  validate: ({ metadata, spec }) => [...checkLocalReview(metadata?.namespace, spec ?? {})],
  strategy: { generation: false },
};
