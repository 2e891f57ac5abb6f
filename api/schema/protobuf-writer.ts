// Protobuf's wire format, written. https://protobuf.dev/programming-guides/encoding/

const encoder = new TextEncoder();

const VARINT = 0;
const DOUBLE = 1;
const BYTES = 2;

/** One message that grows field by field. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** A text, a message or a blob. */
  bytes(field: number, value: Uint8Array): void {
    this.#add(varint(field * 8 + BYTES));
    this.#add(varint(value.length));
    this.#add(value);
  }

  text(field: number, value: string): void {
    this.bytes(field, encoder.encode(value));
  }

  /** A number that is whole and not negative, or a truth. */
  integer(field: number, value: number | boolean): void {
    this.#add(varint(field * 8 + VARINT));
    this.#add(varint(Number(value)));
  }

  double(field: number, value: number): void {
    this.#add(varint(field * 8 + DOUBLE));
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#add(bytes);
  }

  /** The message so far. */
  finish(): Uint8Array {
    const message = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      message.set(chunk, at);
      at += chunk.length;
    }
    return message;
  }

  #add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }
}

const varint = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
};
