// The lines of a container's log file, in the CRI format: `<RFC 3339 instant> <stdout|stderr> <F|P> <text>`. P marks a part
// of a longer line. Pure. upstream: pkg/kubelet/kuberuntime/logs/logs.go

/** One line of a log file. `text` has its newline when the line is whole. */
export type LogLine = { readonly at: string; readonly stream: "stdout" | "stderr"; readonly text: string };

const PATTERN = /^(\S+) (stdout|stderr) ([FP](?::\S*)?) ?(.*)$/s;

/** Reads one line (without its newline); undefined when it is not of the format, as after a torn write. */
export const parseLine = (line: string): LogLine | undefined => {
  const [, at, stream, tag, text] = PATTERN.exec(line) ?? [];
  if (at === undefined || tag === undefined || text === undefined || Number.isNaN(Date.parse(at))) return undefined;
  return { at, stream: stream as LogLine["stream"], text: tag.startsWith("P") ? text : `${text}\n` };
};

/** An instant in milliseconds as RFC 3339 with nanoseconds, which is what log lines carry. */
export const logTime = (ms: number): string => {
  const [whole = "", fraction = "000"] = new Date(ms).toISOString().slice(0, -1).split(".");
  return `${whole}.${fraction}000000Z`;
};

/** Writes one line with its newline. `whole` is false for a part of a longer line. */
export const formatLine = (at: string, stream: LogLine["stream"], text: string, whole: boolean): string =>
  `${at} ${stream} ${whole ? "F" : "P"} ${text}\n`;
