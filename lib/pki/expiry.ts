// When a certificate ends, read with what Node has: no process needs the X.509 library to look.
import { X509Certificate } from "node:crypto";

/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** The instant after which a certificate is no longer valid, milliseconds since the epoch. Throws: when it is not PEM. */
export const expiryOf = (certificate: string): number => new X509Certificate(certificate).validToDate.getTime();

/** Whether a certificate should be made anew: less than a fifth of its life, at most 30 days, is left. */
export const renewalDue = (certificate: string, nowMs: number): boolean => {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const lifeMs = validToDate.getTime() - validFromDate.getTime();
  return validToDate.getTime() - nowMs < Math.min(lifeMs / 5, 30 * DAY_MS);
};
