// Reads a container's log for `kubectl logs`: the last lines, since an instant, with instants, and following while the
// container runs. Rotated files (`x.log.1` is the newest) are read before the current one.
//
// I1 a line is given once and whole. I2 following ends when the container has ended and every line has been given.
import { open, stat, type FileHandle } from "node:fs/promises";
import { sleep, type Clock } from "#lib/clock.ts";
import type { StreamSink } from "#lib/api.ts";
import { parseLine, type LogLine } from "./line.ts";

export type ReadOptions = {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Milliseconds since the epoch; lines before are left out. */
  readonly sinceMs?: number | undefined;
  readonly tailLines?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** Each frame is of one stream, which its first byte names: 1 stdout, 2 stderr. */
  readonly marked?: boolean | undefined;
  /** False once the container has ended: following stops at the end of the file. */
  readonly running: () => boolean;
};

const FOLLOW_MS = 100;
const CHUNK = 64 * 1024;
const encoder = new TextEncoder();

/** Where the last `lines` lines of a file begin, reading backwards. */
const tailOffset = async (file: FileHandle, size: number, lines: number): Promise<{ readonly offset: number; readonly found: number }> => {
  let found = 0;
  let end = size;
  const buffer = Buffer.alloc(CHUNK);
  while (end > 0) {
    const start = Math.max(0, end - CHUNK);
    // backwards, chunk after chunk, until enough lines are seen
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== 10 || start + at === size - 1) continue;
      found += 1;
      if (found === lines) return { offset: start + at + 1, found };
    }
    end = start;
  }
  return { offset: 0, found: size > 0 ? found + 1 : 0 };
};

/** The log's files, oldest first, all open. The current one is opened before the others are looked for, so a rotation in between gives no line twice. */
const openAll = async (path: string): Promise<readonly FileHandle[]> => {
  const current = await open(path, "r");
  const { ino } = await current.stat();
  const rotated: FileHandle[] = [];
  for (let index = 1; ; index++) {
    // ends at the first that is missing
    const file = await open(`${path}.${index}`, "r").catch(() => undefined);
    if (file === undefined) return [...rotated.toReversed(), current];
    if ((await file.stat()).ino === ino) await file.close();
    else rotated.push(file);
  }
};

const STREAMS = { stdout: 1, stderr: 2 } as const;
const NO_MARK = new Uint8Array();

/** Lines of one stream that follow each other. */
const byStream = (lines: readonly LogLine[]): readonly { readonly stream: LogLine["stream"]; readonly lines: LogLine[] }[] => {
  const runs: { stream: LogLine["stream"]; lines: LogLine[] }[] = [];
  for (const line of lines) {
    const last = runs.at(-1);
    if (last?.stream === line.stream) last.lines.push(line);
    else runs.push({ stream: line.stream, lines: [line] });
  }
  return runs;
};

/** Takes lines, applies the options to each, and writes what is left to the sink. */
class Output {
  #left: number;
  readonly #options: ReadOptions;
  readonly #sink: StreamSink;
  readonly #signal: AbortSignal;
  constructor(options: ReadOptions, sink: StreamSink, signal: AbortSignal) {
    this.#options = options;
    this.#sink = sink;
    this.#signal = signal;
    this.#left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  }

  get full(): boolean {
    return this.#left <= 0;
  }

  async write(lines: readonly LogLine[]): Promise<void> {
    if (this.#options.marked !== true) return this.#write(lines);
    for (const { stream, lines: own } of byStream(lines)) await this.#write(own, Buffer.of(STREAMS[stream]));
  }

  async #write(lines: readonly LogLine[], mark: Uint8Array = NO_MARK): Promise<void> {
    const { sinceMs, timestamps } = this.#options;
    const wanted = sinceMs === undefined ? lines : lines.filter((line) => Date.parse(line.at) >= sinceMs);
    if (wanted.length === 0 || this.full) return;
    const text = wanted.map((line) => (timestamps ? `${line.at} ${line.text}` : line.text)).join("");
    const bytes = encoder.encode(text).subarray(0, this.#left === Number.POSITIVE_INFINITY ? undefined : this.#left);
    this.#left -= bytes.length;
    if (!this.#sink.write(mark.length === 0 ? bytes : Buffer.concat([mark, bytes]))) await this.#sink.drained(this.#signal);
  }
}

/** Gives whole lines from `offset` on; the answer is where the first unfinished line begins. */
const readLines = async (file: FileHandle, offset: number, output: Output): Promise<number> => {
  const buffer = Buffer.alloc(CHUNK);
  let rest = Buffer.alloc(0);
  let position = offset;
  for (;;) {
    // a file is read in order
    const { bytesRead } = await file.read(buffer, 0, CHUNK, position + rest.length);
    if (bytesRead === 0 || output.full) return position;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(10) + 1;
    const lines = bytes.toString("utf8", 0, end).split("\n").map(parseLine);
    // the sink's pace is the reader's pace
    await output.write(lines.filter((line) => line !== undefined));
    position += end;
    rest = Buffer.from(bytes.subarray(end));
  }
};

type Part = { readonly file: FileHandle; readonly offset: number };

/** Where to begin in each file, so that together the last `tailLines` lines are read. */
const startOf = async (files: readonly FileHandle[], tailLines: number | undefined): Promise<readonly Part[]> => {
  if (tailLines === undefined) return files.map((file) => ({ file, offset: 0 }));
  const parts: Part[] = [];
  let wanted = tailLines;
  for (const file of files.toReversed()) {
    // the newest file decides how much is wanted of the one before
    const { size } = await file.stat();
    const { offset, found } = wanted > 0 ? await tailOffset(file, size, wanted) : { offset: size, found: 0 };
    wanted -= found;
    parts.unshift({ file, offset });
  }
  return parts;
};

const isRotated = async (path: string, file: FileHandle): Promise<boolean> => {
  const [now, held] = await Promise.all([stat(path).catch(() => undefined), file.stat()]);
  return now !== undefined && now.ino !== held.ino;
};

type Following = { readonly running: () => boolean; readonly clock: Clock; readonly signal: AbortSignal };

/** Reads on from `from` as the file grows and is rotated; closes `file`. */
const follow = async (
  path: string,
  from: { file: FileHandle; offset: number },
  output: Output,
  { running, clock, signal }: Following,
): Promise<void> => {
  let { file, offset } = from;
  try {
    while (!signal.aborted && !output.full) {
      const last = !running();
      // following is a loop over time
      const rotated = await isRotated(path, file);
      offset = await readLines(file, offset, output);
      if (rotated) {
        await file.close();
        file = await open(path, "r");
        offset = 0;
      } else if (last) return;
      else await sleep(clock, FOLLOW_MS, signal).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
};

/** Writes the log at `path` to the sink; resolves when there is no more. Does not end the sink. Throws: when the file cannot be read. */
export const readLog = async (
  path: string,
  options: ReadOptions,
  sink: StreamSink,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> => {
  const output = new Output(options, sink, signal);
  const files = await openAll(path);
  const current = files.at(-1);
  try {
    let offset = 0;
    for (const part of await startOf(files, options.tailLines)) {
      // files in order
      offset = await readLines(part.file, part.offset, output);
    }
    if (options.follow && current !== undefined)
      await follow(path, { file: current, offset }, output, { running: options.running, clock, signal });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
};
