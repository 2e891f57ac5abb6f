// What every process of a cluster begins with: its data directory, its log, its end.
import { readFileSync } from "node:fs";
import { readDefinition, type Definition } from "#actors/cluster/definition.ts";
import { layoutOf, type Layout } from "#actors/cluster/layout.ts";
import type { NatsSecrets } from "#actors/cluster/pki.ts";
import { systemClock, type Clock } from "#lib/clock.ts";
import { Inspection, type Inspector } from "#lib/inspect.ts";
import { createLogger, type Logger } from "#lib/log.ts";
import { connect, type Connection } from "#lib/nats/connection.ts";
import { systemRandom, type Random } from "#lib/random.ts";
import { formatLine, logTime } from "#runtime/logs/line.ts";

/** The world of one process. */
export type Process = {
  readonly layout: Layout;
  readonly definition: Definition;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly inspect: Inspector;
  /** Aborted when the process is to end: a signal, or the supervisor is gone. */
  readonly signal: AbortSignal;
  /** Resolves when the supervisor says that what this process needs is there; at once where there is no supervisor. */
  readonly begun: Promise<void>;
  /** Connects as one of the cluster's NATS users. */
  connect(user: string): Promise<Connection>;
  /** Tells the supervisor that this process does its work. */
  ready(): void;
};

const endings = (logger: Logger): AbortSignal => {
  const ending = new AbortController();
  const end = (why: string) => (): void => {
    if (!ending.signal.aborted) logger("info", "stopping", { why });
    ending.abort();
  };
  process.on("SIGTERM", end("SIGTERM"));
  process.on("SIGINT", () => undefined); // Ctrl-C reaches the whole group; the supervisor stops us in order
  process.on("disconnect", end("the supervisor is gone"));
  return ending.signal;
};

/** A process may begin when the supervisor says so; without one, at once. */
const begin = async (): Promise<void> => {
  if (process.send === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  process.once("message", () => resolve());
  await promise;
};

/** A process that is told to end before it does its work has nothing to bring to an end. Call the answer when it does. */
const exitWhenEnded = (ending: AbortSignal): (() => void) => {
  const exit = (): never => process.exit(0);
  ending.addEventListener("abort", exit);
  return () => ending.removeEventListener("abort", exit);
};

/** @param data the data directory, absolute @param component the name in log lines */
export const startProcess = (data: string, component: string): Process => {
  const layout = layoutOf(data);
  const definition = readDefinition(readFileSync(layout.cluster, "utf8"), layout.cluster);
  const clock = systemClock;
  const random = systemRandom;
  // a component's log is a container's log to the kubelet that shows it as a pod
  const logger = createLogger(component, {
    clock,
    write: (line) => process.stderr.write(formatLine(logTime(clock.now()), "stderr", line.trimEnd(), true)),
  });
  process.on("uncaughtException", (error) => {
    logger("error", "the process breaks off", { error });
    process.exit(1);
  });
  const signal = endings(logger);
  const works = exitWhenEnded(signal);
  return {
    layout,
    definition,
    clock,
    random,
    logger,
    inspect: new Inspection(clock).inspect,
    signal,
    begun: begin(),
    connect: (user) => {
      const secrets = JSON.parse(readFileSync(layout.secrets, "utf8")) as NatsSecrets;
      return connect({ servers: [`127.0.0.1:${definition.natsPort}`], user, password: secrets[user] ?? "", name: component, clock });
    },
    ready: () => {
      works();
      process.send?.({ ready: true });
    },
  };
};

/** Resolves when the signal is aborted. */
export const aborted = (signal: AbortSignal): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (signal.aborted) resolve();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
};
