// Which of two versions of an API is the more mature one. upstream: apimachinery/pkg/version/helpers.go
const KUBE_LIKE = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

type Maturity = readonly [stage: number, major: number, minor: number];

const STAGES = ["alpha", "beta"];

const maturityOf = (version: string): Maturity | undefined => {
  const [, major, stage = "", minor] = KUBE_LIKE.exec(version) ?? [];
  if (major === undefined) return undefined;
  return [stage === "" ? STAGES.length : STAGES.indexOf(stage), Number(major), Number(minor ?? 0)];
};

/**
 * Orders versions, the most mature one first: v10, v2, v1, v11beta2, v3beta1, v12alpha1; what is no such name comes last, by
 * its letters.
 */
export const compareKubeVersions = (a: string, b: string): number => {
  const [one, other] = [maturityOf(a), maturityOf(b)];
  if (one === undefined || other === undefined) {
    if (one !== other) return one === undefined ? 1 : -1;
    return a === b ? 0 : a < b ? -1 : 1;
  }
  return other[0] - one[0] || other[1] - one[1] || other[2] - one[2];
};
