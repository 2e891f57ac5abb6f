// What a user types and what must be answered, as a table: every line is one kubectl, exact where upstream's words are stable.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { HttpsTransportOptions } from "#lib/https/transport.ts";
import { startDevServer } from "#test/actors/api-server/dev-server.ts";
import { kubectlPath, type Version } from "./clients.ts";
import type { Result } from "./place.ts";

const run = promisify(execFile);

/** A text is the whole answer, its last line end apart; a pattern is found in it. */
type Answer = string | RegExp;

/** What is typed after `kubectl`, and what is said: on standard output, or, when nothing is said there, on standard error. */
export type Line = readonly [typed: string, says: Answer] | readonly [typed: string, says: Answer, how: How];
type How = {
  /** Its exit code is not 0. */
  readonly fails?: true;
  /** What $EDITOR does to the file it is given: a sed script. */
  readonly editor?: string;
};

export const fails: How = { fails: true };

/** Runs one kubectl. */
export type Kubectl = (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Result>;

/** Words as a shell takes them, as far as it is needed here: blanks part them, single quotes hold them together. */
export const wordsOf = (typed: string): readonly string[] =>
  (typed.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ""));

const agrees = (said: string, says: Answer): boolean => (typeof says === "string" ? said === says : says.test(said));

const typeOne = async (kubectl: Kubectl, [typed, says, how = {}]: Line): Promise<readonly string[]> => {
  const env = how.editor === undefined ? {} : { EDITOR: `sed -i ${how.editor}` };
  const { code, stdout, stderr } = await kubectl(wordsOf(typed), env);
  if ((code !== 0) === (how.fails === true) && agrees((stdout || stderr).replace(/\n$/, ""), says)) return [];
  return [`kubectl ${typed}\nexit code ${code}\n${stdout}${stderr}wanted: ${String(says)}`];
};

/** Types the lines in order. Throws: with every line that was answered otherwise. */
export const typeAll = async (kubectl: Kubectl, lines: readonly Line[]): Promise<void> => {
  const faults: string[] = [];
  for (const line of lines) {
    faults.push(...(await typeOne(kubectl, line)));
  }
  if (faults.length > 0) throw new Error(faults.join("\n\n"));
};

/** An API server with the store in memory, one kubectl, and a directory of files. */
export type Desk = {
  readonly access: HttpsTransportOptions;
  readonly kubectl: Kubectl;
  /** Writes a file that kubectl may read, in its working directory. */
  readonly file: (name: string, content: unknown) => void;
};

/** Gives the body a server of its own. */
export const atDesk = async (version: Version, body: (desk: Desk) => Promise<void>): Promise<void> => {
  const server = await startDevServer();
  const dir = mkdtempSync(join(tmpdir(), "orrery-desk-"));
  const file: Desk["file"] = (name, content) =>
    writeFileSync(join(dir, name), typeof content === "string" ? content : JSON.stringify(content));
  file("kubeconfig", server.kubeconfig);
  const base = { PATH: process.env["PATH"], HOME: dir, KUBECONFIG: join(dir, "kubeconfig") };
  const kubectl: Kubectl = (args, env = {}) =>
    run(kubectlPath(version), args, { cwd: dir, env: { ...base, ...env } }).then(
      (done) => ({ code: 0, ...done }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  try {
    await body({ kubectl, file, access: server.access });
  } finally {
    rmSync(dir, { recursive: true });
    await server.stop();
  }
};
