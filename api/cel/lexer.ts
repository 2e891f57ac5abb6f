// The words of an expression. upstream: cel-spec doc/langdef.md Syntax, cel-go/parser/gen/CEL.g4
import { Uint, type Value } from "./values.ts";

/** A place in the text where it stops being an expression. */
export class SyntaxFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** One word. `value`: what a literal says. */
export type Token = { readonly at: number; readonly is: "ident" | "const" | "sign" | "end"; readonly text: string; readonly value?: Value };

const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)+/y;
const IDENT = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED_IDENT = /`([A-Za-z0-9_.\-/ ]+)`/y;
const FLOAT = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const INTEGER = /(0x[0-9a-fA-F]+|\d+)([uU]?)/y;
const SIGN = /==|!=|<=|>=|&&|\|\||[-+*/%<>!?:.,()[\]{}]/y;
const TEXT = /([bB]?[rR]?|[rR][bB])("""|'''|"|')/y;

const MAX_INT = 2n ** 63n;

const match = (pattern: RegExp, text: string, at: number): RegExpExecArray | undefined => {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
};

/** Every word of the text, with an end. Throws: SyntaxFault. */
export const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, text, at)?.[0].length ?? 0;
    if (at >= text.length) break;
    const [token, length] = tokenAt(text, at);
    tokens.push(token);
    at += length;
  }
  return [...tokens, { at, is: "end", text: "<EOF>" }];
};

const CONSTANTS: { readonly [word: string]: Value } = { true: true, false: false, null: null };

const tokenAt = (text: string, at: number): readonly [Token, number] => {
  const known = textAt(text, at) ?? numberAt(text, at) ?? wordAt(text, at);
  if (known !== undefined) return known;
  const [sign] = match(SIGN, text, at) ?? [];
  if (sign === undefined) throw new SyntaxFault(at, `Syntax error: token recognition error at: '${text[at]}'`);
  return [{ at, is: "sign", text: sign }, sign.length];
};

const wordAt = (text: string, at: number): readonly [Token, number] | undefined => {
  const [word] = match(IDENT, text, at) ?? [];
  if (word !== undefined) {
    const value = Object.hasOwn(CONSTANTS, word) ? CONSTANTS[word] : undefined;
    return [value === undefined ? { at, is: "ident", text: word } : { at, is: "const", text: word, value }, word.length];
  }
  const [whole, name] = match(ESCAPED_IDENT, text, at) ?? [];
  return whole === undefined || name === undefined ? undefined : [{ at, is: "ident", text: name }, whole.length];
};

const numberAt = (text: string, at: number): readonly [Token, number] | undefined => {
  const [float] = match(FLOAT, text, at) ?? [];
  if (float !== undefined) return [{ at, is: "const", text: float, value: Number(float) }, float.length];
  const [whole, digits, unsigned] = match(INTEGER, text, at) ?? [];
  if (whole === undefined || digits === undefined) return undefined;
  const value = BigInt(digits);
  if (unsigned !== "") return [{ at, is: "const", text: whole, value: new Uint(value) }, whole.length];
  // One more than the greatest is the least without its sign; the reader sees to it.
  if (value > MAX_INT) throw new SyntaxFault(at, "invalid int literal");
  return [{ at, is: "const", text: whole, value }, whole.length];
};

const textAt = (text: string, at: number): readonly [Token, number] | undefined => {
  const [start, prefix = "", quote = ""] = match(TEXT, text, at) ?? [];
  if (start === undefined) return undefined;
  const isRaw = /r/i.test(prefix);
  const from = at + start.length;
  const end = endOf(text, { from, quote, isRaw });
  if (end === undefined) throw new SyntaxFault(at, `Syntax error: token recognition error at: '${text.slice(at)}'`);
  const inner = text.slice(from, end);
  const bytes = /b/i.test(prefix);
  const value = bytes ? bytesOf(inner, isRaw, from) : isRaw ? inner : unescaped(inner, from);
  return [{ at, is: "const", text: text.slice(at, end + quote.length), value }, end + quote.length - at];
};

type Quoted = { readonly from: number; readonly quote: string; readonly isRaw: boolean };

/** Where the closing quote stands. */
const endOf = (text: string, { from, quote, isRaw }: Quoted): number | undefined => {
  for (let at = from; at < text.length; at++) {
    if (text.startsWith(quote, at)) return at;
    if (text[at] === "\\" && !isRaw) at++;
    else if (text[at] === "\n" && quote.length === 1) return undefined;
  }
  return undefined;
};

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g;
const SIMPLE: { readonly [char: string]: string } = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const ITSELF = "\\?\"'`";

/** Text and code points: in a bytes literal `\xff` is one byte, in a text it is a character. */
const pieces = (inner: string, at: number): readonly (string | number)[] => {
  const found: (string | number)[] = [];
  let last = 0;
  for (const escape of inner.matchAll(ESCAPE)) {
    const piece = pieceOf(escape);
    if (piece === undefined) throw new SyntaxFault(at + escape.index, `Syntax error: token recognition error at: '${escape[0]}'`);
    found.push(inner.slice(last, escape.index), piece);
    last = escape.index + escape[0].length;
  }
  return [...found, inner.slice(last)];
};

/** What an escape stands for; undefined: nothing. */
const pieceOf = ([, x, big, u, long, octal, char = ""]: readonly (string | undefined)[]): string | number | undefined => {
  const hex = x ?? big ?? u ?? long;
  if (hex !== undefined) return Number.parseInt(hex, 16);
  if (octal !== undefined) return Number.parseInt(octal, 8);
  if (ITSELF.includes(char)) return char;
  return Object.hasOwn(SIMPLE, char) ? SIMPLE[char] : undefined;
};

const unescaped = (inner: string, at: number): string =>
  pieces(inner, at)
    .map((piece) => (typeof piece === "string" ? piece : characterOf(piece, at)))
    .join("");

const characterOf = (code: number, at: number): string => {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new SyntaxFault(at, "invalid unicode code point");
  return String.fromCodePoint(code);
};

const encoder = new TextEncoder();

const bytesOf = (inner: string, isRaw: boolean, at: number): Uint8Array => {
  const parts = isRaw ? [inner] : pieces(inner, at);
  return Uint8Array.from(parts.flatMap((piece) => (typeof piece === "string" ? [...encoder.encode(piece)] : [piece & 0xff])));
};
