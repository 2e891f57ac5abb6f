import * as names from "#api/meta/names.ts";
import { suite } from "#test/support/suite.ts";
import * as fc from "fast-check";
import * as assert from "uvu/assert";

const test = suite("names");
const valid = (check: (text: string) => readonly string[], ...texts: readonly string[]) => {
  for (const text of texts) assert.equal(check(text), [], text);
};
const wrong = (check: (text: string) => readonly string[], ...texts: readonly string[]) => {
  for (const text of texts) assert.ok(check(text).length > 0, text);
};
const long = (count: number, char = "a") => char.repeat(count);

test("a DNS label has at most 63 of a-z, 0-9 and inner hyphens", () => {
  valid(names.dns1123Label, "a", "ab-1", "01", "0--0", long(63));
  wrong(names.dns1123Label, "", "A", "-a", "a-", "a_b", " a", "a\n", "a.");
  assert.equal(names.dns1123Label("a.b"), ["must not contain dots"]);
  assert.equal(names.dns1123Label(long(64)), ["must be no more than 63 bytes"]);
  assert.equal(names.dns1123Label("A"), [
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
  ]);
});

test("a DNS subdomain is labels joined by dots, at most 253 bytes", () => {
  valid(names.dns1123Subdomain, "a", "a.b.c", "1.2", long(253));
  wrong(names.dns1123Subdomain, "", "a..b", ".a", "a.", "a.-b", "A.b", long(254));
  assert.equal(names.dns1123Subdomain("_"), [
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
});

test("a DNS-1035 label begins with a letter", () => {
  valid(names.dns1035Label, "a", "a1-b");
  wrong(names.dns1035Label, "1a", "", "a.b", long(64));
});

test("a wildcard covers exactly the first label", () => {
  valid(names.wildcardDns1123Subdomain, "*.bar.com", "*.a.b");
  wrong(names.wildcardDns1123Subdomain, "*", "*.*.com", "a.*.com", "*bar.com", "bar.com");
});

test("a qualified name has an optional DNS prefix", () => {
  valid(names.qualifiedName, "a", "A_b.c-1", "example.com/MyName", "1.2.3/x", `${long(253)}/${long(63)}`);
  wrong(names.qualifiedName, "", "/", "a/", "_a", "a/b_", "A.com/x", "nospace s", `${long(254)}/a`);
  assert.equal(names.qualifiedName("/a"), ["prefix part must be non-empty"]);
  assert.is(names.qualifiedName("")[0], "name part must be non-empty");
  assert.equal(names.qualifiedName(long(64)), ["name part must be no more than 63 bytes"]);
  assert.match(
    names.qualifiedName("a/b/c")[0] ?? "",
    /^a valid label key must consist of .* with an optional DNS subdomain prefix and '\/' \(e\.g\. 'example\.com\/MyName'\)$/,
  );
});

test("a label's value may be empty, and has at most 63 bytes", () => {
  valid(names.labelValue, "", "a", "A.b_c-1", long(63));
  wrong(names.labelValue, "-", "a b", "a/b", "\u00fc");
  assert.equal(names.labelValue(long(64)), ["must be no more than 63 bytes"]);
  assert.is(names.labelValue(long(32, "\u00fc"))[0], "must be no more than 63 bytes");
  assert.is(names.labelValue(long(31, "\u00fc")).length, 1);
});

test("a port has a short name with a letter, and a number from 1 to 65535", () => {
  valid(names.portName, "http", "a", "8080-tcp", long(15));
  assert.equal(names.portName("123"), ["must contain at least one letter (a-z)"]);
  assert.equal(names.portName("a--b"), ["must not contain consecutive hyphens"]);
  assert.equal(names.portName("-a"), ["must not begin or end with a hyphen"]);
  assert.equal(names.portName(long(16)), ["must be no more than 15 bytes"]);
  assert.equal(names.portName("A1"), [
    "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    "must contain at least one letter (a-z)",
  ]);
  assert.equal(names.portNum(0), ["must be between 1 and 65535, inclusive"]);
  assert.equal(names.portNum(65535), []);
  assert.equal(names.unixId(-1), ["must be between 0 and 2147483647, inclusive"]);
});

test("keys of config maps and names of variables stay clear of paths", () => {
  valid(names.configMapKey, "a", ".a", "a..b", "A_1-2.txt", "...".slice(0, 1) + "b");
  wrong(names.configMapKey, "", "a/b", "a b", long(254));
  assert.equal(names.configMapKey(".."), ["must not be '..'"]);
  assert.equal(names.configMapKey("."), ["must not be '.'"]);
  assert.equal(names.configMapKey("..a"), ["must not start with '..'"]);
  valid(names.envVarName, "A", "a.b-c_1");
  wrong(names.envVarName, "1A", "", "A=B", "..");
  valid(names.relaxedEnvVarName, "1A", "a b", "!", "~");
  wrong(names.relaxedEnvVarName, "", "a=b", "\u00fc", "\n");
});

test("RBAC names must only fit a path segment", () => {
  valid(names.pathSegmentName, "system:node", "a b");
  assert.equal(names.pathSegmentName(".."), ["may not be '..'"]);
  assert.equal(names.pathSegmentName("a/b%"), ["may not contain '/'", "may not contain '%'"]);
});

test("percentages, headers and identifiers", () => {
  valid(names.percent, "0%", "100%");
  wrong(names.percent, "1", "-1%", "1.5%");
  valid(names.httpHeaderName, "X-Header-Name");
  wrong(names.httpHeaderName, "a b", "");
  valid(names.cIdentifier, "a_1");
  wrong(names.cIdentifier, "1a", "a-b");
});

test("the dash that ends a generateName is masked", () => {
  assert.is(names.maskTrailingDash("web-"), "wea");
  assert.is(names.maskTrailingDash("-"), "-");
  assert.is(names.maskTrailingDash("web"), "web");
});

test("every label is a subdomain, and every DNS-1035 label is a label", () => {
  const text = fc.stringMatching(/^[-a-z0-9.A_]{0,8}$/);
  fc.assert(fc.property(text, (name) => names.dns1123Label(name).length > 0 || names.dns1123Subdomain(name).length === 0));
  fc.assert(fc.property(text, (name) => names.dns1035Label(name).length > 0 || names.dns1123Label(name).length === 0));
  fc.assert(fc.property(text, (name) => names.dns1123Subdomain(name).length > 0 || names.labelValue(name).length === 0));
});

// The grammars once more, letter by letter, beside the expressions that decide.
const isLower = (letter: string): boolean => letter >= "a" && letter <= "z";
const isDigit = (letter: string): boolean => letter >= "0" && letter <= "9";
const isWord = (letter: string): boolean => isLower(letter.toLowerCase()) || isDigit(letter);
const isIn = (text: string, [first, inner, last]: readonly [Letter, Letter, Letter], most: number): boolean =>
  text.length > 0 && text.length <= most && first(text.slice(0, 1)) && last(text.slice(-1)) && text.split("").every(inner);
type Letter = (letter: string) => boolean;

const isSimple: Letter = (letter) => isLower(letter) || isDigit(letter);
const isDashed: Letter = (letter) => isSimple(letter) || letter === "-";
const isLoose: Letter = (letter) => isWord(letter) || "-_.".includes(letter);
const isLabel = (text: string): boolean => isIn(text, [isSimple, isDashed, isSimple], 63);
const isSubdomain = (text: string): boolean =>
  text.length <= 253 && text.split(".").every((part) => isIn(part, [isSimple, isDashed, isSimple], 253));
const isPlainName = (text: string): boolean => isIn(text, [isWord, isLoose, isWord], 63);
const isQualified = (text: string): boolean => {
  const [name = "", prefix, ...more] = text.split("/").toReversed();
  return more.length === 0 && isPlainName(name) && (prefix === undefined || isSubdomain(prefix));
};

/** Near to every grammar, over its bounds, and anything. */
const near = fc.oneof(
  fc.stringMatching(/^[-a-zA-Z0-9._/]{0,8}$/),
  fc
    .tuple(fc.stringMatching(/^[-a-z.]$/), fc.constantFrom(62, 63, 64, 252, 253, 254))
    .map(([letter, count]) => "a" + letter.repeat(count - 1)),
  fc.tuple(fc.constantFrom("a", "a.b", "A", "a".repeat(253)), fc.stringMatching(/^[-a-zA-Z0-9._]{0,3}$/)).map((parts) => parts.join("/")),
  fc.string(),
);

test("names are judged as their grammars say, letter by letter", () => {
  const grammars: readonly (readonly [(text: string) => readonly string[], (text: string) => boolean])[] = [
    [names.dns1123Label, isLabel],
    [names.dns1035Label, (text) => isLabel(text) && isLower(text.slice(0, 1))],
    [names.dns1123Subdomain, isSubdomain],
    [names.labelValue, (text) => text === "" || isPlainName(text)],
    [names.qualifiedName, isQualified],
  ];
  for (const [judged, isRight] of grammars)
    fc.assert(
      fc.property(near, (text) => (judged(text).length === 0) === isRight(text)),
      { numRuns: 400 },
    );
});
