// Sends requests that chance made and looks for answers that no request may get: an internal error, or none.
import { Dice } from "./dice.ts";
import { requestOf, type RawRequest } from "./requests.ts";
import { seed as fill } from "./seed.ts";
import { openTarget, type Outcome, type TransportName } from "./targets.ts";

export type FuzzOptions = { readonly transport: TransportName; readonly runs: number; readonly seed: number };

/** A request that was answered as none may be. */
export type Finding = { readonly request: RawRequest; readonly outcome: Outcome };

/** What a run saw. */
export type Report = {
  readonly findings: readonly Finding[];
  /** Answers by their code; 0: what this transport cannot say. */
  readonly codes: ReadonlyMap<number, number>;
  /** The request that waited longest for its answer, and how long, milliseconds. */
  readonly slowest: { readonly request: RawRequest; readonly ms: number } | undefined;
};

const IN_FLIGHT = 8;

/**
 * 504: the client asked for a revision that is not there yet, and waited for it. 503: nothing listens behind a proxy. 500, as
 * upstream has it: chance took the network that the cluster's Services are in.
 */
const isBad = ({ code, text }: Outcome, { url }: RawRequest): boolean =>
  code >= 500 && code !== 504 && !(code === 503 && url.includes("/proxy")) && !text.includes("range is full");

const sent = (send: (request: RawRequest) => Promise<Outcome>, request: RawRequest): Promise<Outcome> =>
  send(request).catch((error: unknown) => ({ code: 599, text: String(error) }));

/** Sends `runs` requests on a server of its own. */
export const fuzz = async ({ transport, runs, seed }: FuzzOptions): Promise<Report> => {
  const dice = new Dice(seed);
  const target = await openTarget(transport);
  await fill(target);
  const [findings, codes]: [Finding[], Map<number, number>] = [[], new Map()];
  let left = runs;
  let slowest: Report["slowest"];
  const lane = async (): Promise<void> => {
    while (left-- > 0) {
      const request = requestOf(dice);
      // oxlint-disable-next-line no-await-in-loop -- a lane
      const [began, outcome] = [performance.now(), await sent((one) => target.send(one), request)];
      const ms = performance.now() - began;
      if (ms > (slowest?.ms ?? 0)) slowest = { request, ms };
      codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
      if (isBad(outcome, request)) findings.push({ request, outcome });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  await target.close();
  return { findings, codes, slowest };
};

/** A request as a person reads it, and can send it again. */
export const requestText = ({ method, url, headers, body }: RawRequest): string =>
  [
    `  ${method} ${url} ${JSON.stringify(headers)}`,
    `  ${Buffer.from(body ?? [])
      .subarray(0, 2_000)
      .toString()}`,
  ].join("\n");

/** A finding as a person reads it. */
export const findingText = ({ request, outcome: { code, text } }: Finding): string => `${code} ${text}\n${requestText(request)}`;
