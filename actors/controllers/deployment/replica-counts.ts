// The arithmetic of a rollout: how many pods more or fewer there may be, and how a change of size is shared out. Pure.
// upstream: pkg/controller/deployment/util/deployment_util.go

/** A number, or a share of `total` such as `25%`. */
const resolve = (value: number | string, total: number, round: (x: number) => number): number => {
  if (typeof value === "number") return value;
  const percent = Number(/^(\d+)%$/.exec(value)?.[1] ?? 0);
  return round((percent * total) / 100);
};

/** How many pods over and under the wanted number a rollout may go. Surge rounds up, unavailable down; both are never 0. upstream: ResolveFenceposts */
export const fenceposts = (
  maxSurge: number | string,
  maxUnavailable: number | string,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } => {
  const surge = resolve(maxSurge, replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable, replicas, Math.floor);
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
};

/** A ReplicaSet's share of a change in size, while several have pods. */
export type Sized = {
  readonly name: string;
  readonly replicas: number;
  readonly createdAt: string;
  readonly maxReplicas: number | undefined;
};

/**
 * New sizes when `add` pods (negative: fewer) are shared out by size: biggest first, and what rounding leaves goes to the
 * first. upstream: getReplicaSetFraction, DeploymentController.scale
 */
export const shareOut = (sets: readonly Sized[], add: number, allowed: number): ReadonlyMap<string, number> => {
  const newestFirst = (a: Sized, b: Sized): number => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0);
  const order = sets.toSorted((a, b) => b.replicas - a.replicas || (add > 0 ? newestFirst(a, b) : -newestFirst(a, b)));
  const sizes = new Map<string, number>();
  let added = 0;
  for (const set of order) {
    const share = add === 0 ? 0 : fraction(set, allowed, add - added);
    sizes.set(set.name, set.replicas + share);
    added += share;
  }
  const [first] = order;
  if (first !== undefined) sizes.set(first.name, Math.max(0, (sizes.get(first.name) ?? 0) + add - added));
  return sizes;
};

const fraction = ({ replicas, maxReplicas }: Sized, allowed: number, left: number): number => {
  if (replicas === 0 || left === 0) return 0;
  const before = maxReplicas ?? allowed;
  const share = Math.round((replicas * allowed) / before) - replicas;
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
};
