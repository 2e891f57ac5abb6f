// Whether bytes have the form of a certificate request (PKCS #10, DER), in the words of Go's encoding/asn1. Only the frame is
// read: what the names and keys in it come to, signers find out.

/** What must stand at a place; `fields` are read in order, and what follows them is let be. */
type Form = { readonly name: string; readonly tag: number; readonly fields?: readonly (Form | "any")[] };

const SEQUENCE = 16;
const bits: Form = { name: "BitString", tag: 3 };
const algorithm: Form = { name: "AlgorithmIdentifier", tag: SEQUENCE, fields: [{ name: "ObjectIdentifier", tag: 6 }] };
const publicKey: Form = { name: "publicKeyInfo", tag: SEQUENCE, fields: [algorithm, bits] };
const unsigned: Form = { name: "tbsCertificateRequest", tag: SEQUENCE, fields: [{ name: "int", tag: 2 }, "any", publicKey] };
const request: Form = { name: "certificateRequest", tag: SEQUENCE, fields: [unsigned, algorithm, bits] };

class FormError extends Error {}

const syntax = (why: string): FormError => new FormError(`asn1: syntax error: ${why}`);
const structure = (why: string): FormError => new FormError(`asn1: structure error: ${why}`);

/** What stands before a value; `end` is where its bytes begin. */
type Header = { readonly class: number; readonly tag: number; readonly length: number; readonly isCompound: boolean; readonly end: number };

const byteAt = (bytes: Uint8Array, offset: number): number => {
  const byte = bytes[offset];
  if (byte === undefined) throw syntax("truncated tag or length");
  return byte;
};

const MAX_LENGTH = 2 ** 23;

/** A length of several bytes, the first of which says how many follow. */
const longLength = (bytes: Uint8Array, offset: number, count: number): number => {
  if (count === 0) throw syntax("indefinite length found (not DER)");
  let length = 0;
  for (let index = 0; index < count; index++) {
    const byte = byteAt(bytes, offset + index);
    if (length >= MAX_LENGTH) throw structure("length too large");
    length = length * 256 + byte;
    if (length === 0) throw structure("superfluous leading zeros in length");
  }
  if (length < 128) throw structure("non-minimal length");
  return length;
};

/** upstream: encoding/asn1 parseTagAndLength; a tag of several bytes is none that we ask for, and is told as its first. */
const headerAt = (bytes: Uint8Array, offset: number): Header => {
  const [first, second] = [byteAt(bytes, offset), byteAt(bytes, offset + 1)];
  const count = second < 128 ? 0 : second - 128;
  const length = second < 128 ? second : longLength(bytes, offset + 2, count);
  return { class: first >> 6, tag: first & 31, length, isCompound: (first & 32) !== 0, end: offset + 2 + count };
};

const PARAMETERS =
  "{optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false}";

const requireForm = (header: Header, { name, tag }: Form): void => {
  if (header.class === 0 && header.tag === tag && header.isCompound === (tag === SEQUENCE)) return;
  const found = `{class:${header.class} tag:${header.tag} length:${header.length} isCompound:${header.isCompound}}`;
  throw structure(`tags don't match (${tag} vs ${found}) ${PARAMETERS} ${name} @${header.end}`);
};

/** Reads what stands at a place; gives where it ends. upstream: encoding/asn1 parseField */
const read = (bytes: Uint8Array, offset: number, form: Form | "any"): number => {
  if (offset === bytes.length) throw syntax("sequence truncated");
  const header = headerAt(bytes, offset);
  if (form !== "any") requireForm(header, form);
  const end = header.end + header.length;
  if (end > bytes.length) throw syntax("data truncated");
  if (form === "any") return end;
  const inner = bytes.subarray(header.end, end);
  let at = 0;
  for (const field of form.fields ?? []) at = read(inner, at, field);
  return end;
};

/** Why the bytes are no certificate request; undefined: they have the form of one. upstream: crypto/x509 ParseCertificateRequest */
export const requestFault = (bytes: Uint8Array): string | undefined => {
  try {
    if (read(bytes, 0, request) < bytes.length) throw syntax("trailing data");
    return undefined;
  } catch (error) {
    if (error instanceof FormError) return error.message;
    throw error;
  }
};
