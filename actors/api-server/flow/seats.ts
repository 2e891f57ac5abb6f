// How the server's seats are divided among priority levels. Each level has its nominal share; what it lends of it others
// may sit on while it does not need them. upstream: KEP-1040 "Dynamic limits"; here a free seat is lent at once.
//
// D1 No more seats are taken than there are. D2 The part of a level's share that it does not lend is free for it alone.

/** A level's part of the seats. */
export type Share = { readonly nominal: number; readonly guaranteed: number; readonly most: number; inUse: number };

export type ShareSpec = { readonly shares: number; readonly lendablePercent: number; readonly borrowingLimitPercent: number | undefined };

/** The parts of `total` seats that levels get. upstream: flowcontrol.configController.finishQueueSetReconfigsLocked */
export const divide = <K>(total: number, levels: ReadonlyMap<K, ShareSpec>): ReadonlyMap<K, Share> => {
  const sum = [...levels.values()].reduce((all, { shares }) => all + shares, 0);
  return new Map([...levels].map(([name, spec]) => [name, shareOf(spec, sum === 0 ? 0 : Math.ceil((total * spec.shares) / sum))] as const));
};

const shareOf = ({ lendablePercent, borrowingLimitPercent }: ShareSpec, nominal: number): Share => ({
  nominal,
  guaranteed: nominal - Math.round((nominal * lendablePercent) / 100),
  most: borrowingLimitPercent === undefined ? Infinity : nominal + Math.round((nominal * borrowingLimitPercent) / 100),
  inUse: 0,
});

/** The seats of a server. */
export class Seats {
  readonly #total: number;
  /** Seats that are taken, or kept for the level that they are guaranteed to. */
  #bound: number;

  constructor(shares: Iterable<Share>) {
    const all = [...shares];
    this.#total = all.reduce((sum, { nominal }) => sum + nominal, 0);
    this.#bound = all.reduce((sum, share) => sum + boundBy(share, share.inUse), 0);
  }

  /** Takes seats if they are free for the level. */
  take(share: Share, seats: number): boolean {
    const after = share.inUse + seats;
    const growth = boundBy(share, after) - boundBy(share, share.inUse);
    if (after > share.most || (growth > 0 && this.#bound + growth > this.#total)) return false;
    share.inUse = after;
    this.#bound += growth;
    return true;
  }

  give(share: Share, seats: number): void {
    this.#bound -= boundBy(share, share.inUse) - boundBy(share, share.inUse - seats);
    share.inUse -= seats;
  }
}

const boundBy = ({ guaranteed }: Share, inUse: number): number => Math.max(guaranteed, inUse);
