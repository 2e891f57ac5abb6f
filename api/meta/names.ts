// Which names, labels and keys are valid, in upstream's words. Each function returns the reasons why a value is not; an
// empty list is a valid value. Lengths are bytes of UTF-8. upstream: apimachinery/pkg/util/validation/validation.go and
// apimachinery/pkg/api/validate/content@v1.36

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = String.raw`${LABEL}(\.${LABEL})*`;
const LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const WILDCARD = String.raw`\*\.${SUBDOMAIN}`;
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE = `(${QUALIFIED})?`;
const C_IDENTIFIER = "[A-Za-z_][A-Za-z0-9_]*";
const CONFIG_KEY = "[-._a-zA-Z0-9]+";
const ENV_VAR = "[-._a-zA-Z][-._a-zA-Z0-9]*";
const PERCENT = "[0-9]+%";
const PATH_CHARS = "Invalid path (regex used for validation is '[A-Za-z0-9/\\\\-._~%!$&'()*+,;=:]+')";
const HTTP_HEADER = "[-A-Za-z0-9]+";

/** A syntax: its expression, how upstream describes it, and examples. */
type Syntax = { readonly source: string; readonly whole: RegExp; readonly words: string };

const syntax = (source: string, description: string, ...examples: readonly string[]): Syntax => {
  const list = examples.map((example) => `'${example}', `).join(" or ");
  return { source, whole: new RegExp(`^${source}$`), words: `${description} (e.g. ${list}regex used for validation is '${source}')` };
};

const label = syntax(
  LABEL,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  "my-name",
  "123-abc",
);
const subdomain = syntax(
  SUBDOMAIN,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  "example.com",
);
const label1035 = syntax(
  LABEL_1035,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  "my-name",
  "abc-123",
);
const wildcard = syntax(
  WILDCARD,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  "*.example.com",
);
const qualified = syntax(
  QUALIFIED,
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "MyName",
  "my.name",
  "123-abc",
);
const value = syntax(
  LABEL_VALUE,
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  "MyValue",
  "my_value",
  "12345",
);
const identifier = syntax(
  C_IDENTIFIER,
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  "my_name",
  "MY_NAME",
  "MyName",
);
const configKey = syntax(
  CONFIG_KEY,
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  "key.name",
  "KEY_NAME",
  "key-name",
);
const envVar = syntax(
  ENV_VAR,
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  "my.env-name",
  "MY_ENV.NAME",
  "MyEnvName1",
);
const percentage = syntax(PERCENT, "a valid percent string must be a numeric string followed by an ending '%'", "1%", "93%");
const httpHeader = syntax(HTTP_HEADER, "a valid HTTP header must consist of alphanumeric characters or '-'", "X-Header-Name");

const encoder = new TextEncoder();
const longer = (text: string, maxBytes: number): boolean =>
  text.length > maxBytes || (text.length * 3 > maxBytes && encoder.encode(text).length > maxBytes);
const tooLong = (text: string, maxBytes: number): string[] => (longer(text, maxBytes) ? [`must be no more than ${maxBytes} bytes`] : []);
const mismatch = (text: string, { whole, words }: Syntax): string[] => (whole.test(text) ? [] : [words]);

/** A DNS label (RFC 1123): names of namespaces, containers and pods' hostnames. */
export const dns1123Label = (text: string): readonly string[] => {
  const errors = tooLong(text, 63);
  if (label.whole.test(text)) return errors;
  return [...errors, subdomain.whole.test(text) ? "must not contain dots" : label.words];
};

/** A DNS subdomain (RFC 1123): names of most objects. */
export const dns1123Subdomain = (text: string): readonly string[] => [...tooLong(text, 253), ...mismatch(text, subdomain)];

/** A DNS label (RFC 1035): it begins with a letter. */
export const dns1035Label = (text: string): readonly string[] => [...tooLong(text, 63), ...mismatch(text, label1035)];

/** `*.` and a DNS subdomain: wildcard hosts of an Ingress. */
export const wildcardDns1123Subdomain = (text: string): readonly string[] => [...tooLong(text, 253), ...mismatch(text, wildcard)];

const namePart = (name: string): string[] => [...(name === "" ? ["must be non-empty"] : tooLong(name, 63)), ...mismatch(name, qualified)];

/** A name with an optional DNS prefix: keys of labels and annotations, resources, finalizers. upstream: content.IsLabelKey */
export const qualifiedName = (text: string): readonly string[] => {
  const parts = text.split("/");
  if (parts.length > 2) {
    return [`a valid label key ${qualified.words} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const [prefix, name = prefix ?? ""] = parts;
  const prefixErrors = parts.length === 1 ? [] : prefix === "" ? ["must be non-empty"] : dns1123Subdomain(prefix ?? "");
  return [...prefixErrors.map((error) => `prefix part ${error}`), ...namePart(name).map((error) => `name part ${error}`)];
};

/** A domain, a slash and a path: who manages a Job, who accepts a certificate request. upstream: IsDomainPrefixedPath */
export const domainPrefixedPath = (text: string): readonly string[] => {
  const cut = text.indexOf("/");
  const [domain, path] = cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
  if (domain === "" || path === "") return ['must be a domain-prefixed path (such as "acme.io/foo")'];
  return [...dns1123Subdomain(domain), ...(/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(path) ? [] : [PATH_CHARS])];
};

/** The value of a label. */
export const labelValue = (text: string): readonly string[] => [...tooLong(text, 63), ...mismatch(text, value)];

/** An identifier of the C language. */
export const cIdentifier = (text: string): readonly string[] => mismatch(text, identifier);

/** A percentage: `25%`. */
export const percent = (text: string): readonly string[] => mismatch(text, percentage);

/** The name of an HTTP header. */
export const httpHeaderName = (text: string): readonly string[] => mismatch(text, httpHeader);

/** An integer from `min` to `max`. */
export const inRange = (number: number, min: number, max: number): readonly string[] =>
  Number.isInteger(number) && number >= min && number <= max ? [] : [`must be between ${min} and ${max}, inclusive`];

/** A port number. */
export const portNum = (port: number): readonly string[] => inRange(port, 1, 65535);

/** A user or group id of Unix. upstream: IsValidUserID, IsValidGroupID */
export const unixId = (id: number): readonly string[] => inRange(id, 0, 0x7fffffff);

/** A port's name: at most 15 of a-z, 0-9 and single inner hyphens, at least one letter. */
export const portName = (name: string): readonly string[] => [
  ...tooLong(name, 15),
  ...(/^[-a-z0-9]+$/.test(name) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
  ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(name) ? ["must not begin or end with a hyphen"] : []),
];

const pathTricks = (text: string): string[] => {
  if (text === "." || text === "..") return [`must not be '${text}'`];
  return text.startsWith("..") ? ["must not start with '..'"] : [];
};

/** The name of an environment variable in its strict form. */
export const envVarName = (text: string): readonly string[] => [...mismatch(text, envVar), ...pathTricks(text)];

/** The name of an environment variable as pods may give it: printable ASCII without `=`. */
export const relaxedEnvVarName = (text: string): readonly string[] => {
  if (text === "") return ["environment variable name must be non-empty"];
  if (/^[ -<>-~]*$/.test(text)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** A key of a ConfigMap or Secret. */
export const configMapKey = (text: string): readonly string[] => [...tooLong(text, 253), ...mismatch(text, configKey), ...pathTricks(text)];

/** A name that can stand in a URL path: all that RBAC objects ask of their names. */
export const pathSegmentName = (text: string): readonly string[] => {
  if (text === "." || text === "..") return [`may not be '${text}'`];
  return ["/", "%"].filter((char) => text.includes(char)).map((char) => `may not contain '${char}'`);
};

/** A generateName as the name it would begin: a trailing dash is not yet an error. upstream: validation.maskTrailingDash */
export const maskTrailingDash = (prefix: string): string =>
  prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix;
