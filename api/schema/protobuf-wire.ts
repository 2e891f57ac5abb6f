// Protobuf's wire format: which fields a message has, and what a field's bytes are. https://protobuf.dev/programming-guides/encoding/

/** Bytes that are no message. */
export class MalformedProtobuf extends Error {
  override readonly name = "MalformedProtobuf";
}

/** A field as it lies in a message: a number, or bytes. */
export type WireField = { readonly number: number; readonly value: bigint; readonly bytes: Uint8Array | undefined };

const decoder = new TextDecoder("utf-8", { fatal: true });
const endsEarly = (): MalformedProtobuf => new MalformedProtobuf("unexpected EOF");

class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw endsEarly();
      if (shift > 63n) throw new MalformedProtobuf("proto: integer overflow");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
      shift += 7n;
    }
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw endsEarly();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

const NONE = 0n;

/** The fields of a message, in order. Throws: MalformedProtobuf. */
export function* fieldsIn(bytes: Uint8Array): Generator<WireField> {
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    const tag = Number(BigInt.asUintN(32, cursor.varint()));
    const number = tag >>> 3;
    if (number === 0) throw new MalformedProtobuf("proto: illegal tag 0");
    yield { number, ...contentIn(cursor, tag & 7) };
  }
}

const contentIn = (cursor: Cursor, wireType: number): Omit<WireField, "number"> => {
  switch (wireType) {
    case 0:
      return { value: cursor.varint(), bytes: undefined };
    case 1:
      return { value: NONE, bytes: cursor.take(8) };
    case 2:
      return { value: NONE, bytes: cursor.take(Number(cursor.varint())) };
    case 5:
      return { value: NONE, bytes: cursor.take(4) };
    default:
      throw new MalformedProtobuf(`proto: illegal wireType ${wireType}`);
  }
};

/** The bytes of a text, a message or a blob. Throws: MalformedProtobuf. */
export const bytesIn = ({ bytes }: WireField): Uint8Array => {
  if (bytes === undefined) throw new MalformedProtobuf("proto: wrong wireType");
  return bytes;
};

/** Throws: MalformedProtobuf when it is no UTF-8. */
export const textIn = (field: WireField): string => {
  try {
    return decoder.decode(bytesIn(field));
  } catch (cause) {
    throw new MalformedProtobuf("proto: invalid UTF-8", { cause });
  }
};

/** A signed number of up to 64 bits; beyond 2^53 it loses its last digits, as in any JSON read here. */
export const integerIn = ({ value }: WireField): number => Number(BigInt.asIntN(64, value));

export const truthIn = ({ value }: WireField): boolean => value !== 0n;

/** Numbers that lie packed in one field. Throws: MalformedProtobuf. */
export const packedIn = (bytes: Uint8Array): readonly number[] => {
  const cursor = new Cursor(bytes);
  const numbers: number[] = [];
  while (!cursor.isAtEnd) numbers.push(Number(BigInt.asIntN(64, cursor.varint())));
  return numbers;
};
