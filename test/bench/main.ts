// `npm run bench [-- name…] [-- -o json]`: runs the benches named, or all, one after the other, and prints their figures.
// docs/bench.md says what each figure means.
import { cpus, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { isMet, ratioOf, type Figure, type Figures, type Mark } from "./figures.ts";

type Bench = { readonly run: () => Promise<Figures> };

/** The benches, in the order in which they run: those of the parts, then those of whole clusters. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  store: () => import("./store.ts"),
  core: () => import("./api-server.ts"),
  https: () => import("./https.ts"),
  watch: () => import("./watch.ts"),
  wasi: () => import("./wasi.ts"),
  http: () => import("./http-guest.ts"),
  start: () => import("./start.ts"),
  memory: () => import("./memory.ts"),
  pods: () => import("./pods.ts"),
  scale: () => import("./scale.ts"),
  list: () => import("./list.ts"),
};

const COLUMNS = ["BENCH", "FIGURE", "VALUE", "BESIDE IT", "RATIO", "MARK", "MET"];

const rounded = (value: number): string => (Math.abs(value) < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0));
const boundText = (bound: number): string => String(Number(bound.toFixed(2)));
const markText = (mark: Mark): string => ("atLeast" in mark ? `≥ ${boundText(mark.atLeast)}` : `≤ ${boundText(mark.atMost)}`);

const cellsOf = (bench: string, figure: Figure): readonly string[] => {
  const { what, value, unit, beside, mark } = figure;
  const ratio = ratioOf(figure);
  const met = isMet(figure);
  return [
    bench,
    what,
    `${rounded(value)} ${unit}`,
    beside === undefined ? "" : `${rounded(beside.value)} ${unit} (${beside.what})`,
    ratio === undefined ? "" : ratio.toFixed(2),
    mark === undefined ? "" : markText(mark),
    met === undefined ? "" : met ? "yes" : "no",
  ];
};

const tableOf = (rows: readonly (readonly string[])[]): string => {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lineOf = (row: readonly string[]): string => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return rows.map((row) => lineOf(row).trimEnd()).join("\n");
};

const machine = (): { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly node: string } => ({
  cpu: cpus()[0]?.model ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 1024 ** 3),
  node: process.version,
});

const {
  values: { output },
  positionals,
} = parseArgs({ allowPositionals: true, options: { output: { type: "string", short: "o" } } });
const unknown = positionals.filter((name) => !Object.hasOwn(BENCHES, name));
if (unknown.length > 0 || (output !== undefined && output !== "json")) {
  process.stderr.write(`usage: npm run bench [-- name…] [-- -o json]\nnames: ${Object.keys(BENCHES).join(" ")}\n`);
  process.exit(2);
}
const results: { readonly bench: string; readonly figures: Figures }[] = [];
for (const [bench, load] of Object.entries(BENCHES).filter(([name]) => positionals.length === 0 || positionals.includes(name))) {
  process.stderr.write(`${bench} …\n`);
  // oxlint-disable-next-line no-await-in-loop -- one at a time: they share the machine
  results.push({ bench, figures: await (await load()).run() });
}
if (output === "json") process.stdout.write(`${JSON.stringify({ machine: machine(), results })}\n`);
else {
  const { cpu, cores, memoryGiB, node } = machine();
  const rows = results.flatMap(({ bench, figures }) => figures.map((figure) => cellsOf(bench, figure)));
  process.stdout.write(`${cores} × ${cpu}, ${memoryGiB} GiB, Node ${node}\n\n${tableOf([COLUMNS, ...rows])}\n`);
}
process.exit(0);
