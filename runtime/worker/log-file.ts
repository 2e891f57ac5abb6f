// A container's log, written by the thread that runs the container, so a flood of output is that thread's own work and
// nobody's queue. Lines as the CRI has them; files are rotated (`x.log.1` is the newest of the old).
import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { logTime, type LogLine } from "#runtime/logs/line.ts";

type Stream = LogLine["stream"];

/** Rotation as upstream's kubelet has it by default: containerLogMaxSize, containerLogMaxFiles. */
const MOST_BYTES = 10 * 1024 * 1024;
const MOST_FILES = 5;

// A longer line is written in parts. upstream: containerd's max_container_log_line_size
const MOST_LINE_BYTES = 16 * 1024;

const NEWLINE = 10;
const EMPTY = new Uint8Array();

const openToAppend = (path: string): number => {
  try {
    return openSync(path, "a", 0o640);
  } catch {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "a", 0o640);
  }
};

const renameIfThere = (from: string, to: string): void => {
  try {
    renameSync(from, to);
  } catch {
    // there are not yet so many
  }
};

/** The log file of one container. */
export class LogFile {
  readonly #path: string;
  #fd: number;
  #sizeBytes: number;
  // What has come of a line that has not ended.
  readonly #begun: Record<Stream, Uint8Array> = { stdout: EMPTY, stderr: EMPTY };

  /** Opens or makes the file, and its directory. Throws: an fs error. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openToAppend(path);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }

  /** Takes output; lines are written when they end. */
  write(stream: Stream, bytes: Uint8Array): void {
    const at = logTime(Date.now());
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, from)) {
      parts.push(...this.#line(stream, at, bytes.subarray(from, end)));
      from = end + 1;
    }
    if (from < bytes.length) parts.push(...this.#keep(stream, at, bytes.subarray(from)));
    if (parts.length > 0) this.#append(parts);
  }

  /** Writes what is left of unfinished lines and closes the file. */
  close(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#begun[stream].length > 0) this.write(stream, Uint8Array.of(NEWLINE));
    }
    closeSync(this.#fd);
  }

  #line(stream: Stream, at: string, end: Uint8Array): readonly Uint8Array[] {
    const parts = this.#keep(stream, at, end);
    const rest = this.#begun[stream];
    this.#begun[stream] = EMPTY;
    return [...parts, Buffer.from(`${at} ${stream} F `), rest, Uint8Array.of(NEWLINE)];
  }

  // Adds to the unfinished line; what is too long for one is given in parts.
  #keep(stream: Stream, at: string, bytes: Uint8Array): readonly Uint8Array[] {
    const begun = this.#begun[stream];
    let line: Uint8Array = begun.length === 0 ? bytes : Buffer.concat([begun, bytes]);
    const parts: Uint8Array[] = [];
    while (line.length > MOST_LINE_BYTES) {
      parts.push(Buffer.from(`${at} ${stream} P `), line.subarray(0, MOST_LINE_BYTES), Uint8Array.of(NEWLINE));
      line = line.subarray(MOST_LINE_BYTES);
    }
    this.#begun[stream] = line.length === 0 ? EMPTY : Uint8Array.from(line);
    return parts;
  }

  #append(parts: readonly Uint8Array[]): void {
    const chunk = Buffer.concat(parts);
    if (this.#sizeBytes > 0 && this.#sizeBytes + chunk.length > MOST_BYTES) this.#rotate();
    writeSync(this.#fd, chunk);
    this.#sizeBytes += chunk.length;
  }

  #rotate(): void {
    closeSync(this.#fd);
    for (let index = MOST_FILES - 2; index >= 1; index--) renameIfThere(`${this.#path}.${index}`, `${this.#path}.${index + 1}`);
    renameIfThere(this.#path, `${this.#path}.1`);
    this.#fd = openToAppend(this.#path);
    this.#sizeBytes = fstatSync(this.#fd).size;
  }
}
