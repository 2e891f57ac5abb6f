// What the components among the examples share: the canonical ABI by hand. A resource is a number, text and lists are a
// pointer and a length, and a result that is more than one number is written where the last argument points.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#flattening

@external("wasi:cli/environment@0.2.0", "get-environment")
declare function getEnvironment(result: usize): void;

@external("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
declare function writeAndFlush(stream: i32, bytes: usize, length: usize, result: usize): void;

/** Where the host writes results. */
export const result = memory.data(64, 8);

/** The host asks for room to write lists and strings into; whoever reads them gives it back. */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return old == 0 ? heap.alloc(size) : heap.realloc(old, size);
}

/** The text that the host wrote, whose pointer and length stand at `at`. */
export function text(at: usize): string {
  const pointer = load<usize>(at);
  const length = load<usize>(at, 4);
  if (length == 0) return "";
  const value = String.UTF8.decodeUnsafe(pointer, length);
  heap.free(pointer);
  return value;
}

/** The pairs that the host wrote, whose pointer and count stand at `at`: names and values by turns. */
export function pairs(at: usize): string[] {
  const pointer = load<usize>(at);
  const count = load<i32>(at, 4);
  const all: string[] = [];
  for (let index = 0; index < 2 * count; index++) all.push(text(pointer + 8 * index));
  if (count > 0) heap.free(pointer);
  return all;
}

/** The value of a variable of the environment. */
export function variable(name: string, otherwise: string): string {
  getEnvironment(result);
  const all = pairs(result);
  for (let index = 0; index < all.length; index += 2) if (all[index] == name) return all[index + 1];
  return otherwise;
}

/** Writes to a stream. */
export function write(stream: i32, line: string): void {
  const bytes = String.UTF8.encode(line);
  writeAndFlush(stream, changetype<usize>(bytes), bytes.byteLength, result);
}
