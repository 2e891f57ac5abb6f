// From a value to the bytes of a body: as JSON, YAML or Protobuf, whole or damaged, with what no serializer would write.
import { stringify } from "yaml";
import type { Dice } from "./dice.ts";

const encoder = new TextEncoder();

/** Numbers, texts and values that JSON.stringify does not make. */
const TOKENS = [
  "1e400",
  "-1e400",
  "-0",
  "0.1e1",
  "1E+2",
  "123456789012345678901234567890",
  "9223372036854775808",
  "-9223372036854775809",
  "1.0000000000000000001",
  "01",
  "0x10",
  "NaN",
  "Infinity",
  "+1",
  '"\\ud800"',
  '"\\u0000"',
  '"\\x"',
  "'x'",
  "nul",
  `${"[".repeat(200)}${"]".repeat(200)}`,
];
const KEYS = ["__proto__", "constructor", "toString", "hasOwnProperty", "$ref", "$patch", "$setElementOrder/x", "f:x", "", ".", "\\u0061"];

/** Another value, or another key, somewhere in a text of JSON. */
const rewritten = (dice: Dice, json: string): string => {
  const places = [...json.matchAll(dice.oneIn(2) ? /(?<=:)(?:"[^"]*"|-?\d+|true|false|null)/g : /"[^"]*"(?=:)/g)];
  if (places.length === 0) return json;
  const { index, 0: found } = dice.pick(places);
  const other = json[index + found.length] === ":" ? `"${dice.pick(KEYS)}"` : dice.pick(TOKENS);
  return json.slice(0, index) + other + json.slice(index + found.length);
};

const NOT_UTF8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xef, 0xbb, 0xbf], [0xfe, 0xff, 0x00], [0x00]];
const spliced = (bytes: Uint8Array, at: number, more: readonly number[]): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]);

const laughs = (levels: number): string =>
  Array.from(
    { length: levels },
    (_, n) =>
      `l${n}: &l${n} [${
        n === 0
          ? "x"
          : Array(10)
              .fill(`*l${n - 1}`)
              .join(", ")
      }]`,
  ).join("\n");

/** What YAML alone can say. */
const YAML = [
  laughs(9),
  "a: &a [*a, *a]\n",
  "<<: [{a: 1}, *x]\n",
  "base: &base {name: a}\nmetadata:\n  <<: *base\n",
  "metadata: {<<: {name: a}, name: b, name: c}\n",
  "metadata: !!binary Yg==\n",
  "metadata: !!js/function 'x'\n",
  "--- {}\n---\n--- {}\n...\n",
  "? {a: b}\n: c\n? [1]\n: 2\n",
  "metadata:\n\tname: a\n",
  "metadata: {name: 1e3, labels: {a: yes, b: 0o17, c: 0b1, d: 12:30:45, e: .nan, f: -.inf, g: 2001-01-01}}\n",
  "%YAML 9.9\n---\na: b\n",
  `${"- ".repeat(5_000)}a\n`,
  `a: ${"{b: ".repeat(3_000)}1${"}".repeat(3_000)}\n`,
  `${"? ".repeat(2_000)}a\n`,
  "a: |\n  x\n b: >9\n",
  `"${"\\u0000".repeat(50)}": 1\n`,
];

const DAMAGES = [
  "[".repeat(20_000),
  `{"metadata":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`,
  `{"metadata":{"labels":{${Array.from({ length: 2_000 }, (_, n) => `"k${n}":"v"`).join()}}}}`,
  `{"metadata":{"name":"${"n".repeat(100_000)}"}}`,
  "",
  "null",
  '""',
  "\uFEFF{}",
].map((text) => encoder.encode(text));

const damaged = (dice: Dice, bytes: Uint8Array): Uint8Array => {
  const at = dice.below(bytes.length + 1);
  if (dice.oneIn(3)) return bytes.subarray(0, at);
  if (dice.oneIn(3)) return dice.pick(DAMAGES);
  if (dice.oneIn(2)) return spliced(bytes, at, dice.pick(NOT_UTF8));
  const copy = Uint8Array.from(bytes);
  if (copy.length > 0) copy[at % copy.length] = dice.below(256);
  return copy;
};

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]);
const block = (number: number, content: readonly number[]): number[] => [
  ...varint((number << 3) | 2),
  ...varint(content.length),
  ...content,
];

/** A message whose fields are of any number, type and content; some lie about how long they are. */
const message = (dice: Dice, depth: number): number[] =>
  Array.from({ length: dice.below(5) }, () => {
    const number = 1 + dice.below(dice.oneIn(10) ? 5_000 : 24);
    if (dice.oneIn(4)) return [...varint((number << 3) | dice.below(8)), ...varint(dice.below(2 ** 31))];
    const text = dice.pick(["a", "default", "100m", "", "\u0000", "é", "2026-01-01T00:00:00Z"]);
    const content = depth < 5 && dice.oneIn(2) ? message(dice, depth + 1) : [...encoder.encode(text)];
    return dice.oneIn(40) ? [...varint((number << 3) | 2), ...varint(dice.below(2 ** 31)), ...content] : block(number, content);
  }).flat();

/** An envelope as client-go writes it, around a message that chance made. */
const protobuf = (dice: Dice, content: unknown): Uint8Array => {
  const { apiVersion, kind } = (content ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown };
  const type = [apiVersion, kind].flatMap((name, at) => block(at + 1, [...encoder.encode(typeof name === "string" ? name : "")]));
  return Uint8Array.from([0x6b, 0x38, 0x73, 0x00, ...block(1, type), ...block(2, message(dice, 0))]);
};

const OVERSIZED = new Uint8Array(3 * 1024 * 1024 + 1).fill(0x20);

const text = (dice: Dice, content: unknown, type: string): string => {
  if (type.includes("yaml") && dice.oneIn(4)) return dice.oneIn(2) ? stringify(content) : dice.pick(YAML);
  const json = JSON.stringify(content);
  return dice.oneIn(8) ? rewritten(dice, json) : json;
};

/** The body that carries this content as this type, or what remains of it. */
export const bodyOf = (dice: Dice, content: unknown, type: string): Uint8Array => {
  if (dice.oneIn(2_000)) return OVERSIZED;
  const bytes = type.includes("protobuf") ? protobuf(dice, content) : encoder.encode(text(dice, content, type));
  return dice.oneIn(8) ? damaged(dice, bytes) : bytes;
};
