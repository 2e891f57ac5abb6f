// `format.dns1123Label().validate(x)`. upstream: k8s.io/apiserver/pkg/cel/library/format.go
import { dns1035Label, dns1123Label, dns1123Subdomain, labelValue, maskTrailingDash, qualifiedName } from "#api/meta/names.ts";
import { fn, method, type Overload } from "../overload.ts";
import { listOf, opaque, optionalOf, STRING } from "../types.ts";
import { CelList, Opaque, Optional } from "../values.ts";
import { parseTimestamp } from "./time-text.ts";

type Rule = (text: string) => readonly string[];

class NamedFormat extends Opaque {
  readonly type = "kubernetes.NamedFormat";
  readonly name: string;
  readonly rule: Rule;
  constructor(name: string, rule: Rule) {
    super();
    this.name = name;
    this.rule = rule;
  }

  equals(other: Opaque): boolean {
    return other instanceof NamedFormat && other.name === this.name;
  }
}

const FORMAT = opaque("kubernetes.NamedFormat");

const prefixOf =
  (rule: Rule): Rule =>
  (text) =>
    rule(maskTrailingDash(text));

const matching =
  (regex: RegExp, message: string): Rule =>
  (text) =>
    regex.test(text) ? [] : [message];

const RULES: { readonly [name: string]: Rule } = {
  dns1123Label,
  dns1123Subdomain,
  dns1035Label,
  qualifiedName,
  dns1123LabelPrefix: prefixOf(dns1123Label),
  dns1123SubdomainPrefix: prefixOf(dns1123Subdomain),
  dns1035LabelPrefix: prefixOf(dns1035Label),
  labelValue,
  uri: (text) => (URL.canParse(text) || text.startsWith("/") ? [] : ["invalid URI"]),
  uuid: matching(/^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i, "does not match the UUID format"),
  byte: matching(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "invalid base64"),
  date: matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "invalid date"),
  datetime: (text) => (parseTimestamp(text) === undefined ? ["invalid datetime"] : []),
};

const FORMATS = new Map(Object.entries(RULES).map(([name, rule]) => [name, new NamedFormat(name, rule)]));

/** The reasons why a text is not of a format, as an optional list. */
const validate = ({ rule }: NamedFormat, text: string): Optional => {
  const faults = rule(text);
  return new Optional(faults.length === 0 ? undefined : new CelList(faults));
};

/** Functions on the formats that have a name. */
export const namedFormats: readonly Overload[] = [
  ...Array.from(FORMATS, ([name, format]) => fn(`format.${name}`, [], FORMAT, () => format)),
  fn("format.named", [STRING], optionalOf(FORMAT), ([name]) => new Optional(FORMATS.get(name as string))),
  method("validate", [FORMAT, STRING], optionalOf(listOf(STRING)), ([format, text], meter) => {
    meter.read((text as string).length);
    return validate(format as NamedFormat, text as string);
  }),
];
