// The audit log as a file of lines, which is put aside when it has grown large. upstream: --audit-log-maxsize, --audit-log-maxbackup
import { appendFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "#lib/clock.ts";
import type { Logger } from "#lib/log.ts";

export type AuditFileOptions = {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Bytes after which the file is put aside. */
  readonly maxBytes?: number;
  /** How many files that were put aside are kept. */
  readonly maxBackups?: number;
};

const MAX_BYTES = 100 * 1024 * 1024;
const MAX_BACKUPS = 10;

/** Appends lines in their order; what comes while one write runs goes with the next. */
export class AuditFile {
  readonly #options: AuditFileOptions;
  #waiting: string[] = [];
  #writing: Promise<void> | undefined;
  #size: number | undefined;

  constructor(options: AuditFileOptions) {
    this.#options = options;
  }

  /** Takes a line, with its newline. */
  write(line: string): void {
    this.#waiting.push(line);
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  /** Resolves when everything is written. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(Buffer.from(lines.join("")));
      } catch (error) {
        this.#options.log("error", "audit events could not be written", { events: lines.length, error });
      }
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    const { path, maxBytes = MAX_BYTES } = this.#options;
    this.#size ??= await sizeOf(path);
    if (this.#size > 0 && this.#size + bytes.length > maxBytes) await this.#putAside();
    await appendFile(path, bytes, { mode: 0o600 });
    this.#size += bytes.length;
  }

  async #putAside(): Promise<void> {
    const { path, clock, maxBackups = MAX_BACKUPS } = this.#options;
    const stem = basename(path, ".log");
    const at = new Date(clock.now()).toISOString().replaceAll(":", "-");
    await rename(path, join(dirname(path), `${stem}-${at}.log`));
    this.#size = 0;
    const backups = (await readdir(dirname(path))).filter((name) => name.startsWith(`${stem}-`) && name.endsWith(".log")).toSorted();
    for (const old of backups.slice(0, Math.max(0, backups.length - maxBackups))) await rm(join(dirname(path), old), { force: true });
  }
}

const sizeOf = async (path: string): Promise<number> => {
  await mkdir(dirname(path), { recursive: true });
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  );
};
