// Strings in a guest's memory, in each of the encodings that a component may choose.
// https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#loading
import { checkRange, type Border } from "./codec.ts";
import { ComponentTrap } from "./handles.ts";

/** A pointer and a length, as the encoding counts it. */
type Pointed = readonly [number, number];

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16le", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

// In latin1+utf16, the bit of a length that says which of the two it is.
const UTF16_TAG = 0x8000_0000;

const bytesAt = (border: Border, at: number, align: number, count: number): Uint8Array => {
  const from = checkRange(border, at, align, count);
  border.take(count);
  return border.bytes().subarray(from, from + count);
};

const decode = (decoder: TextDecoder, bytes: Uint8Array): string => {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ComponentTrap(`invalid ${decoder.encoding === "utf-8" ? "UTF-8" : "UTF-16"}`);
  }
};

/** Reads a string. Throws: ComponentTrap. */
export const readText = (border: Border, at: number, length: number): string => {
  const count = length >>> 0;
  if (border.encoding === "utf8") return decode(utf8, bytesAt(border, at, 1, count));
  if (border.encoding === "utf16") return decode(utf16, bytesAt(border, at, 2, 2 * count));
  if (count >= UTF16_TAG) return decode(utf16, bytesAt(border, at, 2, 2 * (count - UTF16_TAG)));
  return Buffer.from(bytesAt(border, at, 2, count)).toString("latin1");
};

const writeUtf16 = (border: Border, text: string): Pointed => {
  const at = border.allocate(2, 2 * text.length);
  const view = border.view();
  for (let index = 0; index < text.length; index++) view.setUint16(at + 2 * index, text.charCodeAt(index), true);
  return [at, text.length];
};

const writeBytes = (border: Border, align: number, bytes: Uint8Array): Pointed => {
  const at = border.allocate(align, bytes.length);
  border.bytes().set(bytes, at);
  return [at, bytes.length];
};

// oxlint-disable-next-line no-control-regex -- the characters that latin1 has
const LATIN1 = /^[\u0000-\u00ff]*$/;

/** Writes a string; what is half of a surrogate pair becomes the replacement character. */
export const writeText = (border: Border, value: string): Pointed => {
  if (border.encoding === "utf8") return writeBytes(border, 1, encoder.encode(value));
  const text = value.toWellFormed();
  if (border.encoding === "utf16") return writeUtf16(border, text);
  if (LATIN1.test(text))
    return writeBytes(
      border,
      2,
      Uint8Array.from(text, (character) => character.charCodeAt(0)),
    );
  const [at, length] = writeUtf16(border, text);
  return [at, length + UTF16_TAG];
};
