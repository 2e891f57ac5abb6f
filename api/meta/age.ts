// Durations as kubectl prints them. upstream: apimachinery/pkg/util/duration/duration.go

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Two units, the smaller one left out when it is zero: `5m`, `5m3s`. */
const two = (count: number, unit: string, rest: number, restUnit: string): string =>
  rest === 0 ? `${count}${unit}` : `${count}${unit}${rest}${restUnit}`;

const hoursAndMore = (hours: number): string => {
  const days = Math.trunc(hours / 24);
  if (hours < 48) return `${hours}h`;
  if (days < 8) return two(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 365 * 8 ? two(years, "y", days % 365, "d") : `${years}y`;
};

/** A duration with two or three significant figures, as `kubectl get` prints ages: `45s`, `5m3s`, `3d4h`, `2y45d`. */
export const humanDuration = (durationMs: number): string => {
  const seconds = Math.trunc(durationMs / SECOND_MS);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(durationMs / MINUTE_MS);
  if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(durationMs / HOUR_MS);
  return hours < 8 ? two(hours, "h", minutes % 60, "m") : hoursAndMore(hours);
};

/** The age of what happened at `timestamp` (RFC 3339), or `<unknown>` when there is none. upstream: translateTimestampSince */
export const translateTimestampSince = (timestamp: string | undefined, nowMs: number): string => {
  const atMs = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return Number.isNaN(atMs) ? "<unknown>" : humanDuration(nowMs - atMs);
};
