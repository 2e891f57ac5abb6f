// The bytes of an object. The store holds an object without its resourceVersion, because the store gives it that on writing;
// what is served has it spliced in at a fixed place, so that an object is stringified once in its life.
import type { KubeObject } from "#api/meta/object.ts";
import { apiVersionOf, type Resource } from "#api/meta/resource.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const startOf = (resource: Resource): string => `{"kind":"${resource.kind}","apiVersion":"${apiVersionOf(resource)}","metadata":{`;

/** What the bytes of every object of this kind begin with; the resourceVersion follows it. */
export const headOf = (resource: Resource): Uint8Array => encoder.encode(startOf(resource));

/** The object as the store holds it: kind, apiVersion and metadata first, no resourceVersion. */
export const encodeValue = (resource: Resource, object: KubeObject): Uint8Array => {
  const { kind: _kind, apiVersion: _apiVersion, metadata = {}, ...rest } = object;
  const { resourceVersion: _revision, ...meta } = metadata;
  return encoder.encode(JSON.stringify({ kind: resource.kind, apiVersion: apiVersionOf(resource), metadata: meta, ...rest }));
};

/** The stored value with its resourceVersion. `headLength` is the length of the kind's head. */
export const splice = (value: Uint8Array, headLength: number, revision: number): Uint8Array => {
  const member = encoder.encode(`"resourceVersion":"${revision}",`);
  const bytes = new Uint8Array(value.length + member.length);
  bytes.set(value.subarray(0, headLength));
  bytes.set(member, headLength);
  bytes.set(value.subarray(headLength), headLength + member.length);
  return bytes;
};

const COMMA = 0x2c;

/** The opposite of `splice`: the value as the store holds it. */
export const unsplice = (bytes: Uint8Array, headLength: number): Uint8Array => {
  const next = bytes.indexOf(COMMA, headLength) + 1;
  const value = new Uint8Array(bytes.length - (next - headLength));
  value.set(bytes.subarray(0, headLength));
  value.set(bytes.subarray(next), headLength);
  return value;
};

/** True when the value begins as every value of its kind must. */
export const hasHead = (value: Uint8Array, head: Uint8Array): boolean => {
  for (let index = 0; index < head.length; index++) if (value[index] !== head[index]) return false;
  return true;
};

/** Parses an object's bytes. Throws: SyntaxError. */
export const parseBytes = (bytes: Uint8Array): KubeObject => JSON.parse(decoder.decode(bytes)) as KubeObject;
