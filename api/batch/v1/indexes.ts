// Sets of indexes as jobs write them: `1,3-5,7`, ascending. upstream: pkg/apis/batch/validation/validation.go validateIndexesFormat

/** How many indexes the text names, or why it names none that a job of so many completions has. */
export const countIndexes = (text: string, completions: number): number | string => {
  if (text === "") return 0;
  let [count, last] = [0, -1];
  for (const interval of text.split(",")) {
    const parsed = parseInterval(interval, completions);
    if (typeof parsed === "string") return parsed;
    const [first, end] = parsed;
    if (last >= first) return `non-increasing order, previous: ${last}, current: ${first}`;
    if (first > end) return `non-increasing order, previous: ${first}, current: ${end}`;
    count += end - first + 1;
    last = end;
  }
  return count;
};

const parseInterval = (text: string, completions: number): readonly [first: number, end: number] | string => {
  const limits = text.split("-");
  if (limits.length > 2)
    return `the fragment "${text}" violates the requirement that an index interval can have at most two parts separated by '-'`;
  const [first, end = first] = limits.map(Number);
  const broken = limits.find((limit) => !/^\d+$/.test(limit));
  if (broken !== undefined || first === undefined || end === undefined) {
    return `cannot convert string to integer for index: "${broken ?? ""}"`;
  }
  const over = [first, end].find((index) => index >= completions);
  return over === undefined ? [first, end] : `too large index: "${over}"`;
};
