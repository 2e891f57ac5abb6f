// poll_oneoff: waiting for time and for descriptors.
import { FileError } from "#runtime/wasi/filesystem/file-error.ts";
import type { Connection, Listener } from "./connections.ts";
import type { Descriptor } from "./descriptors.ts";
import { ERRNO, errnoOf } from "./errno.ts";
import type { Guest } from "./input-output.ts";
import type { Life, Watch } from "#runtime/wasi/life.ts";
import type { GuestMemory } from "./memory.ts";
import { nanosOn } from "./process.ts";
import { END } from "./sockets.ts";

const SUBSCRIPTION_BYTES = 48;
const EVENT_BYTES = 32;
const TYPE = { clock: 0, read: 1, write: 2 } as const;
const ABSOLUTE = 1;
const HANG_UP = 1;
const MOST_SUBSCRIPTIONS = 4096;
const NANOS_PER_MS = 1e6;

type Subscription = {
  readonly userData: bigint;
  readonly type: number;
  /** When a clock is due, in milliseconds of performance.now(). */
  readonly dueAt: number | undefined;
  readonly descriptor: Descriptor | undefined;
  readonly error: number;
};

type Event = { readonly of: Subscription; readonly bytes: number; readonly hungUp: boolean };

const isSocket = (descriptor: Descriptor): descriptor is Connection | Listener =>
  descriptor.kind === "connection" || descriptor.kind === "listener";

const isReady = ({ descriptor, type }: Subscription): boolean => {
  if (descriptor?.kind === "listener") return descriptor.isReadable;
  if (descriptor?.kind === "connection") return type === TYPE.read ? descriptor.isReadable : descriptor.isWritable;
  return true; // files and streams never wait
};

const eventOf = (of: Subscription): Event => {
  const { descriptor } = of;
  const connection = descriptor?.kind === "connection" ? descriptor : undefined;
  return { of, bytes: connection?.readableBytes ?? 0, hungUp: connection?.isHungUp ?? false };
};

const dueAt = (life: Life, clock: number, timeout: bigint, flags: number): number => {
  const delay = (flags & ABSOLUTE) === 0 ? timeout : timeout - nanosOn(clock, life);
  return performance.now() + Math.max(0, Number(delay) / NANOS_PER_MS);
};

const readSubscription = ({ memory, table, life }: Guest, pointer: number): Subscription => {
  const type = memory.view.getUint8(pointer + 8);
  const plain = { userData: memory.view.getBigUint64(pointer, true), type, dueAt: undefined, descriptor: undefined, error: ERRNO.SUCCESS };
  try {
    if (type === TYPE.clock) {
      const timeout = memory.view.getBigUint64(pointer + 24, true);
      return { ...plain, dueAt: dueAt(life, memory.u32(pointer + 16), timeout, memory.view.getUint16(pointer + 40, true)) };
    }
    if (type > TYPE.write) throw new FileError("EINVAL");
    return { ...plain, descriptor: table.get(memory.u32(pointer + 16)) };
  } catch (error) {
    return { ...plain, error: errnoOf(error) };
  }
};

const writeEvent = (memory: GuestMemory, pointer: number, { of, bytes, hungUp }: Event): void => {
  memory.bytes(pointer, EVENT_BYTES).fill(0);
  memory.setU64(pointer, of.userData);
  memory.setU16(pointer + 8, of.error);
  memory.setU8(pointer + 10, of.type);
  memory.setU64(pointer + 16, BigInt(bytes));
  memory.setU16(pointer + 24, hungUp ? HANG_UP : 0);
};

const due = (subscriptions: readonly Subscription[]): readonly Event[] => {
  const now = performance.now();
  const isDue = (each: Subscription): boolean => each.error !== 0 || (each.dueAt === undefined ? isReady(each) : each.dueAt <= now);
  return subscriptions.filter(isDue).map(eventOf);
};

const watchesOf = (subscriptions: readonly Subscription[]): readonly Watch[] =>
  subscriptions.flatMap(({ descriptor }) => (descriptor !== undefined && isSocket(descriptor) ? [descriptor.changed] : []));

// What is ready, now or later; nothing when the guest is to end.
const firstEvents = async (life: Life, subscriptions: readonly Subscription[]): Promise<readonly Event[]> => {
  const instants = subscriptions.flatMap((each) => each.dueAt ?? []);
  const watches = watchesOf(subscriptions);
  let events = due(subscriptions);
  while (events.length === 0) {
    const delayMs = instants.length === 0 ? undefined : Math.min(...instants) - performance.now();
    // an announcement says that something changed, not what
    if (!(await life.wait(delayMs, watches))) return [];
    events = due(subscriptions);
  }
  return events;
};

/** The function poll_oneoff. It suspends the guest. */
export const pollFunctions = (guest: Guest) => ({
  poll_oneoff: async (input: number, output: number, count: number, result: number): Promise<typeof END | undefined> => {
    if (count === 0 || count > MOST_SUBSCRIPTIONS) throw new FileError("EINVAL");
    const subscriptions = Array.from({ length: count }, (_, index) => readSubscription(guest, (input >>> 0) + index * SUBSCRIPTION_BYTES));
    const events = await firstEvents(guest.life, subscriptions);
    if (events.length === 0) return END;
    for (const [index, event] of events.entries()) writeEvent(guest.memory, (output >>> 0) + index * EVENT_BYTES, event);
    guest.memory.setU32(result, events.length);
    return undefined;
  },
});
