// The preview1 host: what a guest imports as `wasi_snapshot_preview1`.
//
// H1 every function answers an error number or ends the guest; nothing a guest passes makes the host throw.
// H2 functions that wait suspend the guest (JSPI), so a thread may have many guests.
import type { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import type { Listener } from "./connections.ts";
import { DescriptorTable, type Descriptor } from "./descriptors.ts";
import { ERRNO, errnoOf } from "./errno.ts";
import { END_CODE, gate } from "#runtime/wasi/gate.ts";
import { inputOutputFunctions, type Guest } from "./input-output.ts";
import { listingFunctions } from "./listing.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { GuestMemory } from "./memory.ts";
import { pathFunctions } from "./paths.ts";
import { pollFunctions } from "./poll.ts";
import { processFunctions } from "./process.ts";
import { END, socketFunctions } from "./sockets.ts";
import { statusFunctions } from "./status.ts";
import { syncFunctions } from "./sync.ts";

/** What a guest is given. */
export type Preview1Config = {
  readonly args: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  readonly root: GuestRoot;
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
  /** Listening sockets: descriptors 4 and up, behind the three streams and the root directory. */
  readonly listeners: readonly Listener[];
  /** The guest imports functions of sockets, so reading and writing may have to wait. */
  readonly usesSockets: boolean;
  readonly life: Life;
};

export type Preview1Host = {
  /** The imports, by module name. */
  readonly imports: WebAssembly.Imports;
  /** The function that a metered guest calls when its fuel is spent. */
  readonly turn: WebAssembly.ExportValue;
  readonly memory: GuestMemory;
  /** Takes the guest, which was made with the imports. */
  attach(instance: WebAssembly.Instance): void;
  /** Closes what the guest has open. */
  close(): void;
};

type Numbers = readonly (number | bigint)[];
type Plain = (...args: never[]) => void;
type Waiting = (...args: never[]) => Promise<typeof END | undefined>;

const answering =
  (fn: Plain) =>
  (...args: Numbers): number => {
    try {
      (fn as (...values: Numbers) => void)(...args);
      return ERRNO.SUCCESS;
    } catch (error) {
      return errnoOf(error);
    }
  };

const waiting = (fn: Waiting): WebAssembly.Suspending =>
  new WebAssembly.Suspending(async (...args: Numbers): Promise<number> => {
    try {
      return (await (fn as (...values: Numbers) => Promise<typeof END | undefined>)(...args)) === END ? END_CODE : ERRNO.SUCCESS;
    } catch (error) {
      return errnoOf(error);
    }
  });

const answeringAll = (functions: Readonly<Record<string, Plain>>): Record<string, WebAssembly.ExportedFunction> =>
  Object.fromEntries(Object.entries(functions).map(([name, fn]) => [name, answering(fn)]));

const descriptorsOf = ({ root, stdout, stderr, listeners }: Preview1Config): readonly Descriptor[] => [
  { kind: "input" },
  { kind: "output", write: stdout },
  { kind: "output", write: stderr },
  {
    kind: "directory",
    get directory() {
      return root.directory();
    },
    preopen: "/",
    entries: [],
  },
  ...listeners,
];

// The functions after which the guest may have to end.
const gatedFunctions = (guest: Guest, usesSockets: boolean) => {
  const { table, life } = guest;
  const sockets = socketFunctions(guest);
  const sync = syncFunctions(guest);
  const plain = inputOutputFunctions(guest);
  const turn = new WebAssembly.Suspending(async () => ((await life.yield()) ? ERRNO.SUCCESS : END_CODE));
  type Move = (fd: number, pointer: number, count: number, result: number) => void;
  const move = (toFile: Move, toSocket: typeof sockets.receive | typeof sockets.send) =>
    usesSockets
      ? waiting(async (fd: number, pointer: number, count: number, result: number) => {
          if (table.get(fd).kind === "connection") return toSocket(fd, pointer, count, result);
          toFile(fd, pointer, count, result);
          return undefined;
        })
      : answering(toFile);
  return {
    "orrery:turn": turn,
    sched_yield: turn,
    proc_exit: (code: number): number => {
      life.exit(code);
      return END_CODE;
    },
    fd_sync: waiting(sync.fd_sync),
    fd_datasync: waiting(sync.fd_datasync),
    poll_oneoff: waiting(pollFunctions(guest).poll_oneoff),
    fd_read: move(plain.fd_read, sockets.receive),
    fd_write: move(plain.fd_write, sockets.send),
    sock_accept: waiting(sockets.sock_accept),
    sock_recv: waiting(sockets.sock_recv),
    sock_send: waiting(sockets.sock_send),
  };
};

/** The host of one guest. */
export const preview1 = (config: Preview1Config): Preview1Host => {
  const { life, usesSockets } = config;
  const guest: Guest = { memory: new GuestMemory(), table: new DescriptorTable(descriptorsOf(config)), life };
  const { memory, table } = guest;
  const host = gatedFunctions(guest, usesSockets);
  const { "orrery:turn": turn, ...gated } = gate(host);
  // Without sockets, reading and writing never wait, and need no gate.
  const direct = usesSockets ? {} : { fd_read: host.fd_read, fd_write: host.fd_write };
  const functions = {
    ...answeringAll(processFunctions(config, memory, life)),
    ...answeringAll(inputOutputFunctions(guest)),
    ...answeringAll(statusFunctions(guest)),
    ...answeringAll(pathFunctions(guest)),
    ...answeringAll(listingFunctions(guest)),
    ...answeringAll({
      fd_close: (fd: number): void => table.close(fd),
      fd_renumber: (from: number, to: number): void => table.move(from, to),
      sock_shutdown: socketFunctions(guest).sock_shutdown,
    }),
    proc_raise: (): number => ERRNO.ENOSYS,
    ...gated,
    ...direct,
  };
  return {
    imports: { wasi_snapshot_preview1: functions },
    turn,
    memory,
    attach: ({ exports }) => {
      if (exports["memory"] instanceof WebAssembly.Memory) memory.attach(exports["memory"]);
    },
    close: () => table.closeAll(),
  };
};
