// What a bench answers. A bench is a file of this folder that exports `run(): Promise<Figures>` and is listed in main.ts; it
// starts what it measures, stops it, and asserts nothing: a figure only says whether it met its mark.

/** A bound that a figure is held against: the figure's ratio when it has one, else its value. */
export type Mark = { readonly atLeast: number } | { readonly atMost: number };

/** One measured value. */
export type Figure = {
  /** What was measured, as short as it can be said: `create, 64 in flight`. */
  readonly what: string;
  readonly value: number;
  /** The value's unit: `ms`, `MB`, `/s`, `MB/s`. */
  readonly unit: string;
  /** The same work done by something simpler, in turns with it in the same run; the ratio is value / beside.value. */
  readonly beside?: { readonly what: string; readonly value: number };
  readonly mark?: Mark;
};

export type Figures = readonly Figure[];

/** How the figure compares with what stands beside it. */
export const ratioOf = ({ value, beside }: Figure): number | undefined => (beside === undefined ? undefined : value / beside.value);

/** True when the mark is met; undefined where there is none. */
export const isMet = (figure: Figure): boolean | undefined => {
  const { mark } = figure;
  if (mark === undefined) return undefined;
  const held = ratioOf(figure) ?? figure.value;
  return "atLeast" in mark ? held >= mark.atLeast : held <= mark.atMost;
};

/** The value below which the share `at` (0…1) of these values lies. */
export const quantile = (values: readonly number[], at: number): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
};

/** The median. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
