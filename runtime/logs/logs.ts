// The logs of a node's containers, as its kubelet reads and removes them.
import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { StreamSink } from "#lib/api.ts";
import type { Clock } from "#lib/clock.ts";
import { readLog, type ReadOptions } from "./read.ts";

/** Reads logs by the clock's time. */
export class LogFiles {
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Writes a log to the sink, without ending it. Throws: when the file cannot be read. */
  read(path: string, options: ReadOptions, sink: StreamSink, signal: AbortSignal): Promise<void> {
    return readLog(path, options, sink, { clock: this.#clock, signal });
  }

  /** The text of the last lines, at most so many and so long, without instants; "" when there is no log. */
  async tail(path: string, { lines, bytes }: { readonly lines: number; readonly bytes: number }): Promise<string> {
    const chunks: Uint8Array[] = [];
    const sink: StreamSink = { write: (frame) => chunks.push(frame) > 0, drained: () => Promise.resolve(), end: () => undefined };
    const options = { follow: false, timestamps: false, tailLines: lines, running: () => false };
    await this.read(path, options, sink, new AbortController().signal).catch(() => undefined);
    const text = Buffer.concat(chunks);
    return text.subarray(Math.max(0, text.length - bytes)).toString("utf8");
  }

  /** Removes a log file with its rotated ones, or a directory of logs. Idempotent. */
  async remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true });
    const dir = dirname(path);
    const rotated = (await readdir(dir).catch(() => [])).filter((name) => name.startsWith(`${basename(path)}.`));
    await Promise.all(rotated.map((name) => rm(join(dir, name), { force: true })));
  }
}
