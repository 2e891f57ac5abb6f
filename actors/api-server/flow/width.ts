// How many seats a request takes: a list as many as what it holds in memory at once, everything else one. Writes weigh no
// more for their watchers: events are handed out before a write is answered, while it still has its seat.
// upstream: apiserver/pkg/util/flowcontrol/request/{config,list_work_estimator}.go, SizeBasedListCostEstimate
import type { RequestOptions } from "#lib/api.ts";
import type { Attributes, ResourceAttributes } from "../authorizer.ts";
import type { Queuing } from "./fair-queue.ts";

/** What there is of a resource. */
export type Holdings = { readonly size: number; readonly bytes: number };

const BYTES_PER_SEAT = 100_000;
/** What a list from the cache is thought to hold at most. */
const MOST_BYTES = 1_000_000;
/** Of a level that has no queues. upstream: maximumListSeatsLimit */
const MOST_SEATS = 100;
/** upstream: priorityLevelMaxSeatsPercent */
const MOST_OF_LEVEL = 0.15;

/** The most seats that one request may take in a level of so many. */
export const mostSeats = (queuing: Queuing | undefined, nominal: number): number => {
  const most = queuing === undefined ? MOST_SEATS : Math.min(Math.ceil(nominal * MOST_OF_LEVEL), Math.floor(nominal / queuing.handSize));
  return Math.max(1, Math.min(most, nominal));
};

/** What there is of a resource; undefined: nobody knows. */
export type HoldingsOf = (place: ResourceAttributes) => Holdings | undefined;

const isListing = ({ verb }: ResourceAttributes, { sendInitialEvents }: RequestOptions): boolean =>
  verb === "list" || (verb === "watch" && sendInitialEvents === true);

/** The seats that a request asks for. */
export const seatsWanted = (attributes: Attributes, options: RequestOptions, holdingsOf: HoldingsOf): number => {
  if ("path" in attributes || !isListing(attributes, options)) return 1;
  const held = holdingsOf(attributes);
  if (held === undefined || held.size === 0) return 1;
  const bytes = Math.min(objectsIn(attributes, options, held) * (held.bytes / held.size), MOST_BYTES);
  return Math.max(1, Math.ceil(bytes / BYTES_PER_SEAT));
};

const objectsIn = ({ name = "" }: ResourceAttributes, { limit = 0 }: RequestOptions, { size }: Holdings): number => {
  if (name !== "") return 1;
  return limit > 0 ? Math.min(limit, size) : size;
};
