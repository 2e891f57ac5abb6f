// How fast a guest writes through our preview1 host, beside node:wasi with the same guest on the same file, in turns. And what
// writing lines to a container's log gives.
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";
import { name } from "#runtime/wasi/binary/reader.ts";
import { SECTION, append, joinModule } from "#runtime/wasi/binary/sections.ts";
import { mountTree } from "#runtime/wasi/filesystem/mount-tree.ts";
import { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import { preview1 } from "#runtime/wasi/preview1/host.ts";
import { Account } from "#runtime/worker/account.ts";
import { LogFile } from "#runtime/worker/log-file.ts";
import { Turns } from "#runtime/worker/turns.ts";
import { median, type Figure, type Figures } from "./figures.ts";

const ROUNDS = 5;
const LINE_BYTES = 100;
const LONG_BYTES = 65_536;
const PREVIEW1 = "wasi_snapshot_preview1";

const one = (item: readonly number[]): Uint8Array => append({ count: 0, items: new Uint8Array() }, [item]);

// (func (export "write") (param $times i32)
//   (loop (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
//         (br_if 0 (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
const BODY = [0, 0x03, 0x40, 0x41, 1, 0x41, 0, 0x41, 1, 0x41, 8, 0x10, 0, 0x1a, 0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b, 0x0b];
const I32 = 0x7f;
const TYPES = [
  [0x60, 4, I32, I32, I32, I32, 1, I32],
  [0x60, 1, I32, 0],
];
const EXPORTS = [
  [...name("write"), 0, 1],
  [...name("memory"), 2, 0],
];

const MODULE = new WebAssembly.Module(
  joinModule([
    { id: SECTION.type, body: append({ count: 0, items: new Uint8Array() }, TYPES) },
    { id: SECTION.import, body: one([...name(PREVIEW1), ...name("fd_write"), 0, 0]) },
    { id: SECTION.function, body: one([1]) },
    { id: SECTION.memory, body: one([0, 2]) },
    { id: SECTION.export, body: append({ count: 0, items: new Uint8Array() }, EXPORTS) },
    { id: SECTION.code, body: one([BODY.length, ...BODY]) },
  ]),
);

/** Writes what the guest has at 64 so many times. */
type Write = (times: number) => void;

// The guest has `length` lowercase letters and a newline to write.
const guestOf = (instance: WebAssembly.Instance, length: number): Write => {
  const { buffer } = instance.exports["memory"] as WebAssembly.Memory;
  new Uint8Array(buffer, 64, length).fill(0x61, 0, length - 1).fill(0x0a, length - 1);
  new Uint32Array(buffer, 0, 2).set([64, length]);
  return instance.exports["write"] as Write;
};

const onOurs = (stdout: (bytes: Uint8Array) => void, length: number): Write => {
  const account = new Account({ cpuLimitMilli: undefined, usage: new SharedArrayBuffer(16), memoryBytes: () => 0 });
  const root = new GuestRoot(mountTree({ hostPath: "/", readOnly: true }, []), () => undefined);
  const life = new Turns(account);
  const host = preview1({ args: [], env: [], root, stdout, stderr: stdout, listeners: [], usesSockets: false, life });
  const instance = new WebAssembly.Instance(MODULE, host.imports);
  host.attach(instance);
  return guestOf(instance, length);
};

const onNodes = (stdout: number, length: number): Write => {
  const wasi = new WASI({ version: "preview1", stdout });
  const instance = new WebAssembly.Instance(MODULE, { [PREVIEW1]: wasi.wasiImport as WebAssembly.Imports[string] });
  wasi.initialize(instance);
  return guestOf(instance, length);
};

/** Calls a second. */
const rate = (write: Write, times: number): number => {
  const startedAt = performance.now();
  write(times);
  return (times * 1000) / (performance.now() - startedAt);
};

// Both write to the end of the same file, which is emptied before each.
const compare = (path: string, length: number, times: number): { readonly ours: number; readonly nodes: number } => {
  const fd = openSync(path, "a");
  const ours = onOurs((bytes) => void writeSync(fd, bytes), length);
  const nodes = onNodes(fd, length);
  const anew = (write: Write): number => {
    ftruncateSync(fd, 0);
    return rate(write, times);
  };
  const rates = Array.from({ length: ROUNDS }, () => ({ nodes: anew(nodes), ours: anew(ours) }));
  closeSync(fd);
  return { ours: median(rates.map((each) => each.ours)), nodes: median(rates.map((each) => each.nodes)) };
};

const toLog = (path: string, times: number): Figure => {
  const log = new LogFile(path);
  const write = onOurs((bytes) => log.write("stdout", bytes), LINE_BYTES);
  const rates = Array.from({ length: ROUNDS }, () => rate(write, times));
  log.close();
  return { what: `lines of ${LINE_BYTES} bytes to a log`, value: median(rates), unit: "/s" };
};

/** Measures calls a second of short writes, megabytes a second of long ones, and lines a second to a log. */
export const run = async (): Promise<Figures> => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-bench-"));
  const file = join(dir, "file");
  const short = compare(file, 1, 200_000);
  const long = compare(file, LONG_BYTES, 2_000);
  const lines = toLog(join(dir, "main.log"), 100_000);
  rmSync(dir, { recursive: true });
  const megabytes = (calls: number): number => (calls * LONG_BYTES) / 1e6;
  return [
    { what: "fd_write, 1 byte", value: short.ours, unit: "/s", beside: { what: "node:wasi", value: short.nodes } },
    { what: "fd_write, 64 KiB", value: megabytes(long.ours), unit: "MB/s", beside: { what: "node:wasi", value: megabytes(long.nodes) } },
    lines,
  ];
};
