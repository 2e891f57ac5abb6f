// DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready, unless it says otherwise.
// upstream: plugin/pkg/admission/defaulttolerationseconds/admission.go
import type { V1Toleration } from "#api/generated/types.ts";
import { pods, type Pod } from "#api/core/v1/pod.ts";
import type { Draft } from "#api/meta/object.ts";
import { isFor, type Attributes, type Plugin } from "../plugin.ts";

const SECONDS = 300;
const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

const tolerates = ({ key = "", effect = "" }: V1Toleration, taint: string): boolean =>
  (key === taint || key === "") && (effect === "NoExecute" || effect === "");

const admit = (attributes: Attributes): undefined => {
  if (attributes.operation === "DELETE" || !isFor(attributes, pods)) return;
  const { spec } = attributes.object as Draft<Pod>;
  if (spec === undefined) return;
  const present = spec.tolerations ?? [];
  const missing = TAINTS.filter((taint) => !present.some((toleration) => tolerates(toleration, taint)));
  if (missing.length === 0) return;
  const added = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: SECONDS }));
  spec.tolerations = [...present, ...added];
};

export const defaultTolerationSeconds: Plugin = { name: "DefaultTolerationSeconds", admit };
