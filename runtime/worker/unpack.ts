// Components as a thread has them: each is decoded once on a thread, however many containers it runs of it.
import { decodeComponent } from "#runtime/wasi/component/decode.ts";
import type { Component } from "#runtime/wasi/component/syntax.ts";
import type { PreparedComponent } from "./protocol.ts";

/** A component that can be linked. */
export type ReadyComponent = Omit<PreparedComponent, "definitions" | "key"> & { readonly component: Component };

const MOST_KEPT = 64;

const decoded = new Map<string, Component>();

/** Decodes what was passed. Throws: BinaryError. */
export const unpack = ({ key, definitions, ...rest }: PreparedComponent): ReadyComponent => {
  const component = decoded.get(key) ?? decodeComponent(definitions);
  decoded.delete(key);
  decoded.set(key, component); // the last of the map is the one used last
  const oldest = decoded.keys().next();
  if (decoded.size > MOST_KEPT && oldest.done === false) decoded.delete(oldest.value);
  return { ...rest, component };
};
