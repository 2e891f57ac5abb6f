// wasi:io/streams and wasi:io/error over sources and sinks: files, the log, HTTP bodies.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { Pollable, whenReady, type Waitable } from "./poll.ts";
import { done, err, ok, type Result } from "./result.ts";

/** Where bytes come from. Ready: there are some, or the end is reached, or it failed. */
export interface Source extends Waitable {
  /** At most `most` bytes that are there; undefined at the end. Throws: when it failed. */
  read(most: number): Uint8Array | undefined;
  close(): void;
}

/** Where bytes go. Ready: it takes some, or it is closed, or it failed. */
export interface Sink extends Waitable {
  /** How many bytes it takes now; undefined when it is closed. Throws: when it failed. */
  room(): number | undefined;
  write(bytes: Uint8Array): void;
  /** Ready when all that was written has been taken from the guest's hands. */
  readonly flushed: Waitable;
  close(): void;
}

/** The resource error: why a stream failed. */
export class StreamFailure {
  readonly cause: unknown;
  constructor(cause: unknown) {
    this.cause = cause;
  }
}

type StreamError = { readonly tag: "closed" } | { readonly tag: "last-operation-failed"; readonly val: StreamFailure };
type Streamed<Value> = Result<Value, StreamError>;

const CLOSED: { readonly tag: "err"; readonly val: StreamError } = err({ tag: "closed" });

const failing = <Value>(act: () => Streamed<Value>): Streamed<Value> => {
  try {
    return act();
  } catch (cause) {
    const val: StreamError = { tag: "last-operation-failed", val: new StreamFailure(cause) };
    return err(val);
  }
};

// One call moves at most so much: the thread is not the guest's alone.
const MOST_BYTES = 1 << 20;

const upTo = (length: bigint): number => Number(length > BigInt(MOST_BYTES) ? BigInt(MOST_BYTES) : length);

/** The resource input-stream. */
export class InputStream {
  readonly source: Source;
  constructor(source: Source) {
    this.source = source;
  }

  read(length: bigint): Streamed<Uint8Array> {
    return failing(() => {
      const bytes = this.source.read(upTo(length));
      return bytes === undefined ? CLOSED : ok(bytes);
    });
  }

  [Symbol.dispose](): void {
    this.source.close();
  }
}

/** The resource output-stream. */
export class OutputStream {
  readonly sink: Sink;
  constructor(sink: Sink) {
    this.sink = sink;
  }

  checkWrite(): Streamed<bigint> {
    return failing(() => {
      const room = this.sink.room();
      return room === undefined ? CLOSED : ok(BigInt(Math.min(room, MOST_BYTES)));
    });
  }

  write(bytes: Uint8Array): Streamed<undefined> {
    return failing(() => {
      if (this.sink.room() === undefined) return CLOSED;
      this.sink.write(bytes);
      return done;
    });
  }

  [Symbol.dispose](): void {
    this.sink.close();
  }
}

// What moving bytes costs, in units of Life.charge.
const CALL_UNITS = 1000;

const lengthOf = (read: Streamed<Uint8Array>): Streamed<bigint> => (read.tag === "ok" ? ok(BigInt(read.val.length)) : read);

const inputFunctions = (life: Life): HostInterface => {
  const read = (self: InputStream, length: bigint): Streamed<Uint8Array> => {
    const bytes = self.read(length);
    life.charge(CALL_UNITS + (bytes.tag === "ok" ? bytes.val.length : 0));
    return bytes;
  };
  return {
    "[method]input-stream.read": read,
    "[method]input-stream.blocking-read": {
      suspends: (self: InputStream, length: bigint) => whenReady(life, self.source, () => read(self, length)),
    },
    "[method]input-stream.skip": (self: InputStream, length: bigint) => lengthOf(read(self, length)),
    "[method]input-stream.blocking-skip": {
      suspends: (self: InputStream, length: bigint) => whenReady(life, self.source, () => lengthOf(read(self, length))),
    },
    "[method]input-stream.subscribe": ({ source }: InputStream) => new Pollable(source),
  };
};

const zeroes = (length: bigint): Uint8Array => new Uint8Array(upTo(length));

const outputFunctions = (life: Life): HostInterface => {
  const write = (self: OutputStream, bytes: Uint8Array): Streamed<undefined> => {
    life.charge(CALL_UNITS + bytes.length);
    return self.write(bytes);
  };
  const flush = (self: OutputStream) =>
    whenReady(life, self.sink.flushed, () => failing(() => (self.sink.room() === undefined ? CLOSED : done)));
  const writeAndFlush = (self: OutputStream, bytes: Uint8Array) =>
    whenReady(life, self.sink, () => {
      const written = write(self, bytes);
      return written.tag === "ok" ? flush(self) : written;
    });
  const splice = (self: OutputStream, from: InputStream, length: bigint): Streamed<bigint> => {
    const room = self.checkWrite();
    if (room.tag === "err") return room;
    const bytes = from.read(length < room.val ? length : room.val);
    if (bytes.tag === "err") return bytes;
    const written = write(self, bytes.val);
    return written.tag === "ok" ? ok(BigInt(bytes.val.length)) : written;
  };
  return {
    "[method]output-stream.check-write": (self: OutputStream) => self.checkWrite(),
    "[method]output-stream.write": write,
    "[method]output-stream.blocking-write-and-flush": { suspends: writeAndFlush },
    "[method]output-stream.flush": () => done,
    "[method]output-stream.blocking-flush": { suspends: flush },
    "[method]output-stream.subscribe": ({ sink }: OutputStream) => new Pollable(sink),
    "[method]output-stream.write-zeroes": (self: OutputStream, length: bigint) => write(self, zeroes(length)),
    "[method]output-stream.blocking-write-zeroes-and-flush": {
      suspends: (self: OutputStream, length: bigint) => writeAndFlush(self, zeroes(length)),
    },
    "[method]output-stream.splice": splice,
    "[method]output-stream.blocking-splice": {
      suspends: (self: OutputStream, from: InputStream, length: bigint) =>
        whenReady(life, from.source, () => whenReady(life, self.sink, () => splice(self, from, length))),
    },
  };
};

/** wasi:io/streams */
export const streamsInterface = (life: Life): HostInterface => ({ ...inputFunctions(life), ...outputFunctions(life) });

/** wasi:io/error */
export const errorInterface: HostInterface = {
  "[method]error.to-debug-string": ({ cause }: StreamFailure) => (cause instanceof Error ? cause.message : String(cause)),
};
