import { readFile, stat } from "node:fs/promises";
import type { Clock } from "#lib/clock.ts";

/** How long a token that was read counts as fresh. upstream: client-go/transport/token_source.go */
const FRESH_MS = 60_000;

/** Answers the token in a file, read again when the file has changed. Throws: when there is no such file. */
export const tokenFile = (path: string, clock: Clock): (() => Promise<string>) => {
  let known = { token: "", changedAt: -1, until: 0 };
  return async () => {
    const now = clock.now();
    if (now < known.until) return known.token;
    const { mtimeMs: changedAt } = await stat(path);
    const token = changedAt === known.changedAt ? known.token : (await readFile(path, "utf8")).trim();
    known = { token, changedAt, until: now + FRESH_MS };
    return token;
  };
};
