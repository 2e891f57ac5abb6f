// /healthz, /livez, /readyz, and each check below them. upstream: apiserver/pkg/server/healthz
import type { ApiResponse } from "#lib/api.ts";
import { HealthCounts } from "./counts.ts";
import { textAnswer, type PathHandler, type PathRequest } from "../https/path-handler.ts";

/** Something that must be so. */
type HealthCheck = {
  readonly name: string;
  /** What is wrong; undefined: nothing. */
  readonly check: () => string | undefined;
};

/** The checks of each path: alive is what a restart would mend, ready is what clients need. */
export type HealthChecks = { readonly live: readonly HealthCheck[]; readonly ready: readonly HealthCheck[] };

const PING: HealthCheck = { name: "ping", check: () => undefined };

/** Serves health, and notes what the checks found. */
export const healthPaths = ({ live, ready }: HealthChecks, found = new HealthCounts()): PathHandler => {
  const endpoints = new Map<string, readonly HealthCheck[]>([
    ["healthz", [PING, ...live]],
    ["livez", [PING, ...live]],
    ["readyz", [PING, ...ready]],
  ]);
  return (request) => {
    const [endpoint = "", name] = request.path.slice(1).split(/\/(.*)/, 2);
    const checks = endpoints.get(endpoint);
    if (checks === undefined) return undefined;
    const judge: Judge = ({ name: of, check }) => found.note(endpoint, of, check());
    return name === undefined || name === ""
      ? all(endpoint, { checks, judge }, request)
      : one(
          checks.find((check) => check.name === name),
          judge,
        );
  };
};

type Judge = (check: HealthCheck) => string | undefined;

const one = (check: HealthCheck | undefined, judge: Judge): ApiResponse | undefined => {
  if (check === undefined) return undefined;
  const wrong = judge(check);
  return wrong === undefined ? textAnswer(200, "ok") : textAnswer(500, `internal server error: ${wrong}\n`);
};

type Judged = { readonly checks: readonly HealthCheck[]; readonly judge: Judge };

const all = (endpoint: string, { checks, judge }: Judged, { query }: PathRequest): ApiResponse => {
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  let isGood = true;
  for (const check of checks) {
    const { name } = check;
    const isExcluded = excluded.has(name);
    const wrong = isExcluded ? undefined : judge(check);
    isGood &&= wrong === undefined;
    lines.push(isExcluded ? `[+]${name} excluded: ok` : wrong === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (!isGood) return textAnswer(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  return textAnswer(200, query.has("verbose") ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
};
