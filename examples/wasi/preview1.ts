// Strings, bytes and files over the functions of WASI preview1. No library: an example is to show
// what a guest really asks of its host.

import {
  args_sizes_get,
  args_get,
  environ_sizes_get,
  environ_get,
  clock_time_get,
  poll_oneoff,
  proc_exit,
  fd_write,
  fd_read,
  fd_close,
  fd_readdir,
  path_open,
  path_symlink,
  sock_accept,
} from "./wasi_snapshot_preview1";

/** The preopened root directory. */
export const ROOT: u32 = 3;
/** The first listening socket. */
export const LISTENER: u32 = 4;

const RIGHT_READ: u64 = 1 << 1;
const RIGHT_WRITE: u64 = 1 << 6;
const FOLLOW: u32 = 1;
const CREATE: u32 = 1;
const DIRECTORY: u32 = 2;
const TRUNCATE: u32 = 8;
const APPEND: u32 = 1;

// Room for what the host answers.
const result = memory.data(8);
const vector = memory.data(8);
const subscription = memory.data(48);
const event = memory.data(32);

function pointerOf(bytes: ArrayBuffer): usize {
  return changetype<usize>(bytes);
}

function encode(text: string): ArrayBuffer {
  return String.UTF8.encode(text);
}

// The text that ends at a zero byte.
function textAt(pointer: usize): string {
  let end = pointer;
  while (load<u8>(end) != 0) end++;
  return String.UTF8.decodeUnsafe(pointer, end - pointer);
}

function strings(count: u32, size: u32, isArgs: bool): string[] {
  const pointers = new ArrayBuffer(<i32>count * 4);
  const buffer = new ArrayBuffer(<i32>size);
  if (isArgs) args_get(pointerOf(pointers), pointerOf(buffer));
  else environ_get(pointerOf(pointers), pointerOf(buffer));
  const all: string[] = [];
  for (let index: u32 = 0; index < count; index++) {
    all.push(textAt(load<u32>(pointerOf(pointers) + 4 * index)));
  }
  return all;
}

/** The arguments; the first is the program's name. */
export function args(): string[] {
  args_sizes_get(result, result + 4);
  return strings(load<u32>(result), load<u32>(result + 4), true);
}

/** The environment, `NAME=value` each. */
export function environ(): string[] {
  environ_sizes_get(result, result + 4);
  return strings(load<u32>(result), load<u32>(result + 4), false);
}

/** The value of an environment variable, or `otherwise`. */
export function env(name: string, otherwise: string): string {
  const all = environ();
  for (let index = 0; index < all.length; index++) {
    if (all[index].startsWith(name + "=")) return all[index].substring(name.length + 1);
  }
  return otherwise;
}

/** Writes bytes; answers the error number, 0 for none. */
export function write(fd: u32, bytes: ArrayBuffer): u16 {
  store<u32>(vector, pointerOf(bytes));
  store<u32>(vector + 4, bytes.byteLength);
  return fd_write(fd, vector, 1, result);
}

/** Writes a line to standard output. */
export function print(text: string): void {
  write(1, encode(text + "\n"));
}

/** Writes a line to standard error. */
export function complain(text: string): void {
  write(2, encode(text + "\n"));
}

/** Ends the program. */
export function exit(code: u32): void {
  proc_exit(code);
}

/** Nanoseconds on the realtime clock (0) or the monotonic one (1). */
export function now(clock: u32): u64 {
  clock_time_get(clock, 1, result);
  return load<u64>(result);
}

/** Waits. */
export function sleep(milliseconds: u64): void {
  memory.fill(subscription, 0, 48);
  store<u32>(subscription + 16, 1);
  store<u64>(subscription + 24, milliseconds * 1000000);
  poll_oneoff(subscription, event, 1, result);
}

/** The error number of the last `open`. */
export let openError: u16 = 0;

function openWith(path: string, flags: u32, rights: u64, fdFlags: u32): i32 {
  const name = encode(path.startsWith("/") ? path.substring(1) : path);
  openError = path_open(ROOT, FOLLOW, pointerOf(name), name.byteLength, flags, rights, 0, fdFlags, result);
  return openError == 0 ? load<i32>(result) : -1;
}

/** Opens a file to read, or answers -1. */
export function openToRead(path: string): i32 {
  return openWith(path, 0, RIGHT_READ, 0);
}

/** Opens or makes a file to write, emptied or to append to, or answers -1. */
export function openToWrite(path: string, append: bool): i32 {
  return openWith(path, append ? CREATE : CREATE | TRUNCATE, RIGHT_WRITE, append ? APPEND : 0);
}

/** Opens a directory, or answers -1. */
export function openDirectory(path: string): i32 {
  return openWith(path == "/" ? "." : path, DIRECTORY, RIGHT_READ, 0);
}

/** What can be read of `fd` in one call; empty at the end. */
export function read(fd: u32): ArrayBuffer {
  const buffer = new ArrayBuffer(65536);
  store<u32>(vector, pointerOf(buffer));
  store<u32>(vector + 4, buffer.byteLength);
  const error = fd_read(fd, vector, 1, result);
  return buffer.slice(0, error == 0 ? load<i32>(result) : 0);
}

export function close(fd: u32): void {
  fd_close(fd);
}

/** The text of a file; empty when it cannot be read. */
export function readText(path: string): string {
  const fd = openToRead(path);
  if (fd < 0) return "";
  let text = "";
  for (let part = read(fd); part.byteLength > 0; part = read(fd)) text += String.UTF8.decode(part);
  close(fd);
  return text;
}

/** The names in an open directory. */
export function names(fd: u32): string[] {
  const buffer = new ArrayBuffer(65536);
  fd_readdir(fd, pointerOf(buffer), buffer.byteLength, 0, result);
  const used = load<u32>(result);
  const all: string[] = [];
  let at: usize = 0;
  while (at + 24 <= used) {
    const length = load<u32>(pointerOf(buffer) + at + 16);
    all.push(String.UTF8.decodeUnsafe(pointerOf(buffer) + at + 24, length));
    at += 24 + length;
  }
  return all;
}

/** Makes a link; answers the error number. */
export function link(target: string, path: string): u16 {
  const to = encode(target);
  const from = encode(path.startsWith("/") ? path.substring(1) : path);
  return path_symlink(pointerOf(to), to.byteLength, ROOT, pointerOf(from), from.byteLength);
}

/** Waits for a connection to the first listening socket; its descriptor, or -1. */
export function accept(): i32 {
  return sock_accept(LISTENER, 0, result) == 0 ? load<i32>(result) : -1;
}

/** Writes text to a descriptor; answers the error number. */
export function writeText(fd: u32, text: string): u16 {
  return write(fd, encode(text));
}
