// Starts one child process and reports its life to the process machine. The child's output goes to its log file; an IPC
// channel tells when it is ready and, by closing, tells the child that its parent is gone.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, openSync, closeSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createActor, fromCallback, waitFor } from "xstate";
import type { Clock } from "#lib/clock.ts";
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
  /** True: the child says `ready` over IPC. Else `ready` is asked until it resolves. */
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

const end = (child: ChildProcess, graceMs: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  child.once("exit", () => {
    clearTimeout(timer);
    resolve();
  });
  child.kill("SIGTERM");
  return promise;
};

/** A supervised process: starts at once, restarts when it dies, until `stop`. */
export class SupervisedProcess {
  readonly spec: ProcessSpec;
  readonly #actor;
  #child: ChildProcess | undefined;

  constructor(spec: ProcessSpec, clock: Clock) {
    this.spec = spec;
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

  /** Resolves when it runs and is ready. Throws: when that takes longer than `timeoutMs`. */
  async ready(timeoutMs: number): Promise<void> {
    await waitFor(this.#actor, (snapshot) => snapshot.matches({ alive: "running" }), { timeout: timeoutMs });
  }

  async stop(): Promise<void> {
    this.#actor.send({ type: "stop" });
    if (this.#child !== undefined) await end(this.#child, this.spec.graceMs);
    rmSync(join(this.spec.processes, `${this.spec.name}.json`), { force: true });
  }
}
