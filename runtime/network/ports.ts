// Ports below 1024 need a privilege on most systems. A node without it listens ten thousand higher on cluster addresses,
// and whatever connects to a cluster address from inside goes there too. Pure.

const PRIVILEGED = 1024;
const OFFSET = 10_000;

/** The port that is really used on a cluster address for `port`. */
export const realPort = (port: number, mayBindLow: boolean): number => (mayBindLow || port >= PRIVILEGED ? port : port + OFFSET);
