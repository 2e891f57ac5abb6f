// How a component is served: by what its pod says. Pure.
import type { GuestSpec } from "./protocol.ts";

/** Requests that a server answers at a time, if nothing else is said. */
const CONCURRENCY = 64;
const MOST_CONCURRENCY = 1024;

/** The port of a container that names none. */
const DEFAULT_PORT = 8080;

const INSTANCES = "orrery.dev/http-instances";
const AT_A_TIME = "orrery.dev/http-concurrency";

export type Serving = {
  readonly ports: readonly number[];
  /** An instance answers one request after the other, and keeps what it remembers. */
  readonly reuses: boolean;
  readonly concurrency: number;
};

const concurrencyOf = (text: string | undefined): number => {
  if (text === undefined) return CONCURRENCY;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > MOST_CONCURRENCY)
    throw new Error(`annotation ${AT_A_TIME}: "${text}" is not a number between 1 and ${MOST_CONCURRENCY}`);
  return number;
};

const reusesOf = (text = "fresh"): boolean => {
  if (text !== "fresh" && text !== "reuse") throw new Error(`annotation ${INSTANCES}: "${text}" is neither "fresh" nor "reuse"`);
  return text === "reuse";
};

/** Throws: when an annotation says something else than it may. */
export const servingOf = ({ ports, annotations }: Pick<GuestSpec, "ports" | "annotations">): Serving => ({
  ports: ports.length === 0 ? [DEFAULT_PORT] : ports,
  reuses: reusesOf(annotations[INSTANCES]),
  concurrency: concurrencyOf(annotations[AT_A_TIME]),
});
