// Starts one child process and reports its life to the process machine. The child's output goes to its log file; an IPC
// channel tells when it is ready and, by closing, tells the child that its parent is gone.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createActor, fromCallback, waitFor } from "xstate";
import { sleep, type Clock } from "#lib/clock.ts";
import { machine } from "./machine.ts";

export type ProcessSpec = {
  readonly name: string;
  /** What it is, for `orrery status`: a role and the address it serves at. */
  readonly role: string;
  readonly address: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly logPath: string;
  /** The directory that holds one file for each running process. */
  readonly processes: string;
  /** True: the child waits for `begin` over IPC, and says `ready` over it. Else `ready` is asked until it resolves. */
  readonly ipc: boolean;
  readonly ready?: ((signal: AbortSignal) => Promise<void>) | undefined;
  /** How long it may take to end after SIGTERM before it is killed. */
  readonly graceMs: number;
};

/** What a process file holds. */
export type ProcessRecord = {
  readonly name: string;
  readonly role: string;
  readonly address: string;
  readonly pid: number;
  readonly startedAt: string;
};

const launch = (spec: ProcessSpec): ChildProcess => {
  mkdirSync(dirname(spec.logPath), { recursive: true });
  const log = openSync(spec.logPath, "a");
  try {
    const stdio = spec.ipc ? (["ignore", log, log, "ipc"] as const) : (["ignore", log, log] as const);
    return spawn(spec.command, [...spec.args], { env: { ...process.env, ...spec.env }, stdio: [...stdio], detached: true });
  } finally {
    closeSync(log);
  }
};

const end = async (child: ChildProcess, graceMs: number, clock: Clock): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new AbortController();
  const exited = once(child, "exit").then(() => ended.abort());
  child.kill("SIGTERM");
  await sleep(clock, graceMs, ended.signal).then(
    () => child.kill("SIGKILL"),
    () => undefined, // it ended in time
  );
  await exited;
};

/**
 * A supervised process: starts at once, restarts when it dies, until `stop`. A child with IPC loads its code and holds until
 * `begin`, so that processes which need each other load side by side and still work in order.
 */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #clock: Clock;
  readonly #actor;
  readonly #begun = Promise.withResolvers<void>();
  #child: ChildProcess | undefined;

  constructor(spec: ProcessSpec, clock: Clock) {
    this.spec = spec;
    this.#clock = clock;
    const file = join(spec.processes, `${spec.name}.json`);
    this.#actor = createActor(
      machine.provide({
        actors: {
          run: fromCallback(({ sendBack }) => {
            const child = launch(spec);
            const ready = new AbortController();
            this.#child = child;
            child.once("spawn", () => {
              const record: ProcessRecord = {
                name: spec.name,
                role: spec.role,
                address: spec.address,
                pid: child.pid ?? 0,
                startedAt: new Date(clock.now()).toISOString(),
              };
              mkdirSync(spec.processes, { recursive: true });
              writeFileSync(file, JSON.stringify(record));
              sendBack({ type: "process.started", pid: record.pid, at: clock.now() });
              if (spec.ipc) void this.#begun.promise.then(() => child.connected && child.send({ begin: true }));
              spec.ready?.(ready.signal).then(
                () => sendBack({ type: "process.ready" }),
                () => undefined,
              );
            });
            child.on("message", (message) => {
              if ((message as { ready?: boolean }).ready === true) sendBack({ type: "process.ready" });
            });
            const ended = (code: number | null, signal: string | null): void => {
              ready.abort();
              rmSync(file, { force: true });
              sendBack({ type: "process.exited", code, signal, at: clock.now() });
            };
            child.once("exit", ended);
            child.once("error", () => ended(null, null));
            return () => ready.abort();
          }),
        },
      }),
      { clock },
    );
    this.#actor.start();
  }

  get pid(): number | undefined {
    return this.#actor.getSnapshot().context.pid;
  }

  get restarts(): number {
    return this.#actor.getSnapshot().context.restarts;
  }

  /** Lets the child, and every one that comes after it, do its work. */
  begin(): void {
    this.#begun.resolve();
  }

  /** Resolves when it runs and is ready. Throws: when that takes longer than `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    await waitFor(this.#actor, (snapshot) => snapshot.matches({ alive: "running" }), { timeout: timeoutMs });
  }

  async stop(): Promise<void> {
    this.#actor.send({ type: "stop" });
    if (this.#child !== undefined) await end(this.#child, this.spec.graceMs, this.#clock);
    rmSync(join(this.spec.processes, `${this.spec.name}.json`), { force: true });
  }
}
