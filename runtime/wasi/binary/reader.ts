// Reading the WebAssembly binary format: bytes and LEB128 numbers.

/** Bytes that are not a well-formed WebAssembly binary, or use something this reader does not know. */
export class BinaryError extends Error {
  override readonly name = "BinaryError";
}

/** A cursor over bytes. Every method throws BinaryError at the end of the bytes. */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;
  readonly end: number;

  constructor(bytes: Uint8Array, offset = 0, end = bytes.length) {
    this.bytes = bytes;
    this.offset = offset;
    this.end = end;
  }

  get done(): boolean {
    return this.offset >= this.end;
  }

  byte(): number {
    if (this.offset >= this.end) throw new BinaryError("unexpected end");
    return this.bytes[this.offset++] as number;
  }

  /** An unsigned LEB128 number of at most 32 bits. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new BinaryError("number too long");
  }

  /** Steps over a LEB128 number of any width and sign. */
  skipLeb(): void {
    for (let length = 0; length < 10; length++) if (this.byte() < 0x80) return;
    throw new BinaryError("number too long");
  }

  skip(count: number): void {
    if (count > this.end - this.offset) throw new BinaryError("unexpected end");
    this.offset += count;
  }

  /** The next `count` bytes, as a view. */
  take(count: number): Uint8Array {
    const from = this.offset;
    this.skip(count);
    return this.bytes.subarray(from, this.offset);
  }
}

/** `value` as unsigned LEB128. */
export const u32 = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
};

/** `value`, a 32-bit integer, as signed LEB128. */
export const s32 = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
};

/** `text` as the binary format has names: its UTF-8 bytes after their count. */
export const name = (text: string): number[] => {
  const bytes = new TextEncoder().encode(text);
  return [...u32(bytes.length), ...bytes];
};
