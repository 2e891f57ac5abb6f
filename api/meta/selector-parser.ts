// Reads the text of a label selector into requirements, with upstream's grammar and upstream's errors.
// upstream: apimachinery/pkg/labels/selector.go (Lexer, Parser, NewRequirement)
import { invalidValue } from "./field-error.ts";
import { parseInt64 } from "./int64.ts";
import { labelValue, qualifiedName } from "./names.ts";
import type { FieldError } from "./status.ts";

export type Operator = "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt" | "exists" | "!";

/** One condition on one label. */
export type Requirement = { readonly key: string; readonly operator: Operator; readonly values: readonly string[] };

/** A symbol or keyword by its own text, an identifier, or the end. `in` and `notin` are keywords only after a key. */
type Token = { readonly type: string; readonly text: string };

/** Why a text is no selector, in upstream's words. */
class SelectorError extends Error {}

const fail = (text: string, expected: string): never => {
  throw new SelectorError(`found '${text}', expected: ${expected}`);
};

const BINARY: { readonly [literal: string]: Operator } = {
  in: "in",
  notin: "notin",
  "=": "=",
  "==": "==",
  "!=": "!=",
  ">": "gt",
  "<": "lt",
};
const LEXEMES = /==|!=|[=!(),><]|[^=!(),>< \t\r\n]+/g;
const END: Token = { type: "end", text: "" };

const tokenOf = (text: string): Token => ({ type: /^[=!(),><]/.test(text) ? text : "identifier", text });

const keyErrors = (path: string, key: string): FieldError[] => {
  const errors = qualifiedName(key);
  return errors.length === 0 ? [] : [invalidValue(path, key, errors.join("; "))];
};

const operandErrors = ({ operator, values }: Requirement): FieldError[] =>
  (operator === "gt" || operator === "lt" ? values : [])
    .filter((value) => parseInt64(value) === undefined)
    .map((value) => invalidValue("values[0]", value, "for 'Gt', 'Lt' operators, the value must be an integer"));

const valueErrors = ({ key, values }: Requirement): FieldError[] =>
  values.flatMap((value, at) => {
    const errors = labelValue(value);
    return errors.length === 0 ? [] : [invalidValue(`values[${at}][${key}]`, value, errors.join("; "))];
  });

const throwAll = (errors: readonly FieldError[]): void => {
  if (errors.length === 0) return;
  const texts = errors.map(({ field, message }) => `${field}: ${message}`);
  throw new SelectorError(texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`);
};

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(text: string) {
    this.#tokens = (text.match(LEXEMES) ?? []).map(tokenOf);
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? END;
  }

  #take(): Token {
    const token = this.#next;
    this.#at++;
    return token;
  }

  selector(): Requirement[] {
    const found: Requirement[] = [];
    while (this.#next.type !== "end") {
      if (this.#next.type !== "identifier" && this.#next.type !== "!") fail(this.#next.text, "!, identifier, or 'end of string'");
      found.push(this.#checkedRequirement());
      this.#separator();
    }
    return found;
  }

  #separator(): void {
    const { type, text } = this.#take();
    if (type === "end") return;
    if (type !== ",") fail(text, "',' or 'end of string'");
    if (this.#next.type !== "identifier" && this.#next.type !== "!") fail(this.#next.text, "identifier after ','");
  }

  #checkedRequirement(): Requirement {
    try {
      const requirement = this.#requirement();
      throwAll([...operandErrors(requirement), ...valueErrors(requirement)]);
      return requirement;
    } catch (error) {
      throw error instanceof SelectorError ? new SelectorError(`unable to parse requirement: ${error.message}`) : error;
    }
  }

  #requirement(): Requirement {
    const negated = this.#next.type === "!";
    if (negated) this.#take();
    const { type, text: key } = this.#take();
    if (type !== "identifier") fail(key, "identifier");
    throwAll(keyErrors("<nil>", key));
    if (this.#next.type === "end" || this.#next.type === ",") return { key, operator: negated ? "!" : "exists", values: [] };
    const operator = this.#operator();
    const values = operator === "in" || operator === "notin" ? this.#set() : [this.#exactValue()];
    return { key, operator, values };
  }

  #operator(): Operator {
    const { text } = this.#take();
    return BINARY[text] ?? fail(text, "in, notin, =, ==, !=, gt, lt");
  }

  #exactValue(): string {
    if (this.#next.type === "end" || this.#next.type === ",") return "";
    const { type, text } = this.#take();
    return type === "identifier" ? text : fail(text, "identifier");
  }

  /** `(a,b)`, sorted and without doubles; nothing between commas is the empty value. */
  #set(): readonly string[] {
    const open = this.#take();
    if (open.type !== "(") throw new SelectorError(`found '${open.text}' expected: '('`);
    if (!["identifier", ",", ")"].includes(this.#next.type)) fail(this.#next.text, "',', ')' or identifier");
    const values = new Set<string>();
    do values.add(this.#item());
    while (this.#take().type === ",");
    return [...values].toSorted();
  }

  /** An item of a set; stops before the comma or parenthesis that ends it. */
  #item(): string {
    if (this.#next.type === "," || this.#next.type === ")") return "";
    const { type, text } = this.#take();
    if (type !== "identifier") fail(text, "',', or identifier");
    if (this.#next.type !== "," && this.#next.type !== ")") fail(this.#next.text, "',' or ')'");
    return text;
  }
}

/** The requirements of a selector's text in the order written. Throws: an error whose message is upstream's. */
export const parseRequirements = (text: string): readonly Requirement[] => new Parser(text).selector();
