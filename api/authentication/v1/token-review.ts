import type { V1TokenReview } from "#api/generated/types.ts";
import type { Kind } from "#api/kind.ts";

export type TokenReview = V1TokenReview;

/** TokenReviews: whose token is this? */
export const tokenReviews: Kind<TokenReview> = {
  group: "authentication.k8s.io",
  version: "v1",
  resource: "tokenreviews",
  kind: "TokenReview",
  namespaced: false,
  singular: "tokenreview",
  listKind: "TokenReviewList",
  shortNames: [],
  categories: [],
  verbs: ["create"],
  model: "V1TokenReview",
  bucket: "none",
  status: false,
  subresources: {},
  strategy: { generation: false },
};
