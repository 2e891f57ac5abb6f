// Walks the text of a JSON document: every key in the order written, and Go's words for what is no JSON. JSON.parse does
// the parsing; this is for the cases where its answer is not enough: duplicates, and errors. It does not recurse.
// upstream: encoding/json/scanner.go
import { quoted } from "#api/meta/field-error.ts";

/** Why a text is no JSON, in Go's words. */
export class JsonTextError extends Error {}

/** A key as it is met: the path of its field, and whether its object had it before. */
export type KeyVisitor = (path: string, again: boolean) => void;

type Frame = { readonly path: string; readonly keys: Set<string> | undefined; index: number; empty: boolean };

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERALS = { t: "true", f: "false", n: "null" } as const;

/** How Go shows the first byte of what it did not expect. */
const shown = (char: string): string => {
  if (char === "'") return String.raw`'\''`;
  if (char === '"') return `'"'`;
  const [first = 0] = new TextEncoder().encode(char);
  return `'${quoted(String.fromCodePoint(first)).slice(1, -1)}'`;
};

class Walker {
  readonly #text: string;
  readonly #visit: KeyVisitor;
  readonly #stack: Frame[] = [];
  #at = 0;
  constructor(text: string, visit: KeyVisitor) {
    this.#text = text;
    this.#visit = visit;
  }

  walk(): void {
    this.#value("");
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      if (frame.keys === undefined) this.#item(frame);
      else this.#member(frame, frame.keys);
    }
    if (this.#peek() !== "") this.#fail("after top-level value");
  }

  #fail(context: string): never {
    const char = this.#text.codePointAt(this.#at);
    if (char === undefined) throw new JsonTextError("unexpected end of JSON input");
    throw new JsonTextError(`invalid character ${shown(String.fromCodePoint(char))} ${context}`);
  }

  /** The next character, or "" at the end, which no string may reach. */
  #char(): string {
    return this.#text.charAt(this.#at);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  /** The next character that is no space, or "" at the end. */
  #peek(): string {
    this.#take(SPACE);
    return this.#char();
  }

  /** Takes what stands between two members; false at the end of the object or list. */
  #more(frame: Frame, close: string, context: string): boolean {
    const char = this.#peek();
    if (char === close) {
      this.#at++;
      this.#stack.pop();
      return false;
    }
    if (frame.empty) frame.empty = false;
    else if (char === ",") this.#at++;
    else this.#fail(context);
    return true;
  }

  #item(frame: Frame): void {
    if (this.#more(frame, "]", "after array element")) this.#value(`${frame.path}[${++frame.index}]`);
  }

  #member(frame: Frame, keys: Set<string>): void {
    if (!this.#more(frame, "}", "after object key:value pair")) return;
    if (this.#peek() !== '"') this.#fail("looking for beginning of object key string");
    const key = JSON.parse(this.#string()) as string;
    if (this.#peek() !== ":") this.#fail("after object key");
    this.#at++;
    const path = frame.path === "" ? key : `${frame.path}.${key}`;
    this.#visit(path, keys.has(key));
    keys.add(key);
    this.#value(path);
  }

  #value(path: string): void {
    const char = this.#peek();
    if (char === "{" || char === "[") {
      this.#at++;
      this.#stack.push({ path, keys: char === "{" ? new Set() : undefined, index: -1, empty: true });
    } else if (char === '"') this.#string();
    else if (/[-0-9]/.test(char)) this.#number();
    else if (char === "t" || char === "f" || char === "n") this.#literal(LITERALS[char]);
    else this.#fail("looking for beginning of value");
  }

  #string(): string {
    const start = this.#at++;
    for (let char = this.#char(); char !== '"'; char = this.#char()) {
      if (char === "\\") this.#escape();
      else if (char < " ") this.#fail("in string literal");
      else this.#at++;
    }
    return this.#text.slice(start, ++this.#at);
  }

  #escape(): void {
    this.#at++;
    if (this.#take(/["\\/bfnrt]/y) !== undefined) return;
    if (this.#take(/u/y) === undefined) this.#fail("in string escape code");
    if (this.#take(/[0-9a-fA-F]{0,4}/y)?.length !== 4) this.#fail(String.raw`in \u hexadecimal character escape`);
  }

  #number(): void {
    if (this.#take(NUMBER) === undefined) {
      this.#at++;
      this.#fail("in numeric literal");
    }
    if (this.#take(/\./y) !== undefined) this.#fail("after decimal point in numeric literal");
    if (this.#take(/[eE][+-]?/y) !== undefined) this.#fail("in exponent of numeric literal");
  }

  #literal(word: string): void {
    for (const char of word) {
      if (this.#char() !== char) this.#fail(`in literal ${word} (expecting ${shown(char)})`);
      this.#at++;
    }
  }
}

/** Calls `visit` for every key of a JSON text, in the order written. Throws: JsonTextError when it is no JSON. */
export const walkJson = (text: string, visit: KeyVisitor = () => undefined): void => new Walker(text, visit).walk();

/** How many keys a JSON text has, duplicates counted. The text must be JSON. */
export const countKeys = (text: string): number => {
  let count = 0;
  let at = text.indexOf('"');
  while (at >= 0) {
    let end = text.indexOf('"', at + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    let next = end + 1;
    while (text.charCodeAt(next) <= SPACE_CODE) next++;
    if (text.charCodeAt(next) === COLON_CODE) count++;
    at = text.indexOf('"', next);
  }
  return count;
};

const SPACE_CODE = 0x20;
const COLON_CODE = 0x3a;
const BACKSLASH_CODE = 0x5c;

const isEscaped = (text: string, quote: number): boolean => {
  let at = quote - 1;
  while (text.charCodeAt(at) === BACKSLASH_CODE) at--;
  return (quote - at) % 2 === 0;
};
