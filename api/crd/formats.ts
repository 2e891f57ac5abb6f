// The formats of texts that are checked; all others are documentation. upstream: apiextensions-apiserver/pkg/apiserver/validation/formats.go
import { isIpv6, parseCidr, parseIp } from "../meta/ip.ts";

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;
const HOSTNAME = /^(?=.{1,255}$)[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const MAC = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
const BASE64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DURATION = /^([+-]?(\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|ms|s|m|h|d|w|nanos?|micros?|millis?|secs?|mins?|hours?|hrs?|days?|weeks?))+$/;

const isDateTime = (text: string): boolean => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text));

const FORMATS: { readonly [format: string]: (text: string) => boolean } = {
  byte: (text) => BASE64.test(text),
  cidr: (text) => parseCidr(text) !== undefined,
  date: (text) => DATE.test(text),
  "date-time": isDateTime,
  datetime: isDateTime,
  duration: (text) => DURATION.test(text),
  email: (text) => EMAIL.test(text),
  hostname: (text) => HOSTNAME.test(text),
  ipv4: (text) => parseIp(text)?.family === 4,
  ipv6: isIpv6,
  mac: (text) => MAC.test(text),
  uri: (text) => URL.canParse(text),
  uuid: (text) => UUID.test(text),
};

/** Whether the text has the format. A format that is not known has any text. */
export const hasFormat = (format: string, text: string): boolean => !Object.hasOwn(FORMATS, format) || FORMATS[format]?.(text) !== false;
