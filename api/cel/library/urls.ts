// `url(…)`. upstream: k8s.io/apiserver/pkg/cel/library/urls.go
import { fn, method, type Overload } from "../overload.ts";
import { BOOL, listOf, mapOf, opaque, STRING } from "../types.ts";
import { CelList, EntryMap, EvalError, Opaque, type Value } from "../values.ts";

type Parts = { readonly scheme: string; readonly host: string; readonly path: string; readonly query: string };

class UrlValue extends Opaque {
  readonly type = "kubernetes.URL";
  readonly text: string;
  readonly parts: Parts;
  constructor(text: string, parts: Parts) {
    super();
    this.text = text;
    this.parts = parts;
  }

  equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }
}

const URL_TYPE = opaque("kubernetes.URL");
const SHAPE = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/(?:[^@/?#]*@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?$/s;
// Controls, spaces, and a host with a broken port. upstream: url.ParseRequestURI
const BROKEN = /[\p{Cc} ]/u;
const HOST = /^(?:\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::\d*)?$/;

/** undefined: neither absolute nor a path. */
const parse = (text: string): UrlValue | undefined => {
  const parts = split(text);
  const isBroken = BROKEN.test(text) || !HOST.test(parts.host) || /%(?![0-9a-fA-F]{2})/.test(parts.path);
  const leads = parts.scheme !== "" || parts.host !== "" || parts.path.startsWith("/");
  return isBroken || !leads ? undefined : new UrlValue(text, parts);
};

const split = (text: string): Parts => {
  const [, scheme = "", host = "", path = "", query = ""] = SHAPE.exec(text) ?? [];
  return { scheme: scheme.toLowerCase(), host, path, query };
};

const url = (text: string): UrlValue => {
  const parsed = parse(text);
  if (parsed === undefined)
    throw new EvalError(`URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`);
  return parsed;
};

const partsOf = (value: Value | undefined): Parts => (value as UrlValue).parts;

const hostname = ({ host }: Parts): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
const port = ({ host }: Parts): string => /:(\d*)$/.exec(host)?.[1] ?? "";

const queryOf = ({ query }: Parts): EntryMap => {
  const parsed = new URLSearchParams(query);
  return new EntryMap(new Map([...new Set(parsed.keys())].map((key) => [key, new CelList(parsed.getAll(key))])));
};

/** Functions on URLs. */
export const urls: readonly Overload[] = [
  fn("url", [STRING], URL_TYPE, ([text]) => url(text as string)),
  fn("isURL", [STRING], BOOL, ([text]) => parse(text as string) !== undefined),
  method("getScheme", [URL_TYPE], STRING, ([a]) => partsOf(a).scheme),
  method("getHost", [URL_TYPE], STRING, ([a]) => partsOf(a).host),
  method("getHostname", [URL_TYPE], STRING, ([a]) => hostname(partsOf(a))),
  method("getPort", [URL_TYPE], STRING, ([a]) => port(partsOf(a))),
  method("getEscapedPath", [URL_TYPE], STRING, ([a]) => partsOf(a).path),
  method("getQuery", [URL_TYPE], mapOf(STRING, listOf(STRING)), ([a]) => queryOf(partsOf(a))),
];
