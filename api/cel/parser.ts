// Reads an expression. One function for each level of the grammar, loosest first; positions are those of cel-go.
// upstream: cel-go/parser/gen/CEL.g4, parser/parser.go
import type { Expr } from "./ast.ts";
import { SyntaxFault, tokensOf, type Token } from "./lexer.ts";
import { expandCall, expandMethod } from "./macros.ts";

/** How deep an expression may nest. upstream: cel-go maxRecursionDepth */
const MAX_DEPTH = 250;

const RESERVED = new Set(
  "as break const continue else for function if import in let loop package namespace return var void while".split(" "),
);
const EXPECTED =
  "expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** The expression that the text is. Throws: SyntaxFault. */
export const parse = (text: string): Expr => {
  const parser = new Parser(tokensOf(text));
  return parser.whole();
};

const RELATIONS = new Set(["<", "<=", ">=", ">", "==", "!=", "in"]);
const SUMS = new Set(["+", "-"]);
const PRODUCTS = new Set(["*", "/", "%"]);

class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expr {
    const expr = this.#expr();
    if (this.#token.is !== "end") throw this.#unexpected("expecting <EOF>");
    return expr;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { at: 0, is: "end", text: "<EOF>" };
  }

  #unexpected(expected: string): SyntaxFault {
    return new SyntaxFault(this.#token.at, `Syntax error: mismatched input '${this.#token.text}' ${expected}`);
  }

  #take(): Token {
    const token = this.#token;
    this.#next++;
    return token;
  }

  #isSign(text: string): boolean {
    return this.#token.is === "sign" && this.#token.text === text;
  }

  #takeIf(text: string): Token | undefined {
    return this.#isSign(text) ? this.#take() : undefined;
  }

  #need(text: string): Token {
    if (!this.#isSign(text)) throw this.#unexpected(`expecting '${text}'`);
    return this.#take();
  }

  #expr(): Expr {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxFault(this.#token.at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    const condition = this.#or();
    const mark = this.#takeIf("?");
    let result = condition;
    if (mark !== undefined) {
      const left = this.#or();
      this.#need(":");
      result = call(mark.at, "_?_:_", [condition, left, this.#expr()]);
    }
    this.#depth--;
    return result;
  }

  #or(): Expr {
    const first = this.#and();
    const rest: [Token, Expr][] = [];
    for (let sign = this.#takeIf("||"); sign !== undefined; sign = this.#takeIf("||")) rest.push([sign, this.#and()]);
    return balanced(first, rest, "_||_");
  }

  #and(): Expr {
    const first = this.#relation();
    const rest: [Token, Expr][] = [];
    for (let sign = this.#takeIf("&&"); sign !== undefined; sign = this.#takeIf("&&")) rest.push([sign, this.#relation()]);
    return balanced(first, rest, "_&&_");
  }

  #binary(operators: ReadonlySet<string>, operand: () => Expr): Expr {
    let left = operand();
    while (this.#token.is !== "const" && operators.has(this.#token.text)) {
      const { at, text } = this.#take();
      left = call(at, text === "in" ? "@in" : `_${text}_`, [left, operand()]);
      this.#limitChain(left);
    }
    return left;
  }

  /** A long chain `a + b + c + …` nests to the left. */
  #limitChain(expr: Expr): void {
    let depth = 0;
    for (let at: Expr | undefined = expr; at?.is === "call" && at.target === undefined; at = at.args[0]) {
      if (++depth > MAX_DEPTH) throw new SyntaxFault(expr.at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    }
  }

  #relation(): Expr {
    return this.#binary(RELATIONS, () => this.#sum());
  }

  #sum(): Expr {
    return this.#binary(SUMS, () => this.#product());
  }

  #product(): Expr {
    return this.#binary(PRODUCTS, () => this.#unary());
  }

  #unary(): Expr {
    const sign = this.#takeIf("!") ?? this.#takeIf("-");
    if (sign === undefined) return this.#inRange(this.#member());
    const { value } = this.#token;
    if (sign.text === "-" && this.#token.is === "const" && (typeof value === "bigint" || typeof value === "number")) {
      this.#take();
      return this.#members({ at: sign.at, is: "const", value: -value });
    }
    if (++this.#depth > MAX_DEPTH) throw new SyntaxFault(sign.at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
    const operand = this.#unary();
    this.#depth--;
    return call(sign.at, sign.text === "!" ? "!_" : "-_", [operand]);
  }

  #inRange(expr: Expr): Expr {
    if (expr.is === "const" && expr.value === 2n ** 63n) throw new SyntaxFault(expr.at, "invalid int literal");
    return expr;
  }

  #member(): Expr {
    return this.#members(this.#primary());
  }

  #members(first: Expr): Expr {
    let expr = first;
    for (let links = 0; ; links++) {
      if (links > MAX_DEPTH) throw new SyntaxFault(expr.at, `expression recursion limit exceeded: ${MAX_DEPTH}`);
      if (this.#isSign(".")) expr = this.#selection(expr);
      else if (this.#isSign("[")) expr = this.#index(expr);
      else return expr;
    }
  }

  #selection(of: Expr): Expr {
    const { at } = this.#take();
    const optional = this.#takeIf("?") !== undefined;
    if (this.#token.is !== "ident") throw this.#unexpected("expecting IDENTIFIER");
    const { text: field } = this.#take();
    const open = optional ? undefined : this.#takeIf("(");
    if (open === undefined) return { at, is: "select", of, field, optional };
    return expandMethod({ at: open.at, is: "call", name: field, target: of, args: this.#list(")") });
  }

  #index(of: Expr): Expr {
    const { at } = this.#take();
    const optional = this.#takeIf("?") !== undefined;
    const key = this.#expr();
    this.#need("]");
    return { at, is: "index", of, key, optional };
  }

  #list(end: string): readonly Expr[] {
    const items: Expr[] = [];
    while (!this.#isSign(end)) {
      items.push(this.#expr());
      if (this.#takeIf(",") === undefined) break;
    }
    this.#need(end);
    return items;
  }

  #primary(): Expr {
    const token = this.#token;
    if (token.is === "const") return { at: this.#take().at, is: "const", value: token.value ?? null };
    if (token.is === "ident") return this.#named();
    if (this.#takeIf("(") !== undefined) {
      const inner = this.#expr();
      this.#need(")");
      return inner;
    }
    if (this.#isSign("[")) return this.#listLiteral();
    if (this.#isSign("{")) return this.#mapLiteral();
    if (this.#takeIf(".") !== undefined && this.#token.is === "ident") return this.#named();
    throw this.#unexpected(EXPECTED);
  }

  #named(): Expr {
    const { at, text: name } = this.#take();
    if (RESERVED.has(name)) throw new SyntaxFault(at, `reserved identifier: ${name}`);
    const open = this.#takeIf("(");
    if (open !== undefined) return expandCall({ at: open.at, is: "call", name, target: undefined, args: this.#list(")") });
    return this.#struct(name) ?? { at, is: "ident", name };
  }

  /** `Name.part{`; anything else is left as it stands. */
  #struct(first: string): Expr | undefined {
    let [name, ahead] = [first, this.#next];
    while (this.#tokens[ahead]?.text === "." && this.#tokens[ahead + 1]?.is === "ident") {
      name += `.${this.#tokens[ahead + 1]?.text ?? ""}`;
      ahead += 2;
    }
    const open = this.#tokens[ahead];
    if (open?.is !== "sign" || open.text !== "{") return undefined;
    this.#next = ahead + 1;
    const fields = this.#entries(() => {
      if (this.#token.is !== "ident") throw this.#unexpected("expecting {'}', IDENTIFIER}");
      return this.#take();
    });
    return {
      at: open.at,
      is: "struct",
      name,
      fields: fields.map(({ key, ...rest }) => ({ ...rest, name: key.text })),
    };
  }

  #entries<K>(readKey: () => K): { key: K; value: Expr; optional: boolean; at: number }[] {
    const entries: { key: K; value: Expr; optional: boolean; at: number }[] = [];
    while (!this.#isSign("}")) {
      const optional = this.#takeIf("?") !== undefined;
      const key = readKey();
      const { at } = this.#need(":");
      entries.push({ key, value: this.#expr(), optional, at });
      if (this.#takeIf(",") === undefined) break;
    }
    this.#need("}");
    return entries;
  }

  #listLiteral(): Expr {
    const { at } = this.#take();
    const items: { value: Expr; optional: boolean }[] = [];
    while (!this.#isSign("]")) {
      const optional = this.#takeIf("?") !== undefined;
      items.push({ value: this.#expr(), optional });
      if (this.#takeIf(",") === undefined) break;
    }
    this.#need("]");
    return { at, is: "list", items };
  }

  #mapLiteral(): Expr {
    const { at } = this.#take();
    return { at, is: "map", entries: this.#entries(() => this.#expr()) };
  }
}

const call = (at: number, name: string, args: readonly Expr[]): Expr => ({ at, is: "call", name, target: undefined, args });

/** A chain of one logical operator as a tree of little depth. upstream: cel-go/parser/helper.go balancer */
const balanced = (first: Expr, rest: readonly (readonly [Token, Expr])[], name: string): Expr => {
  const terms = [first, ...rest.map(([, term]) => term)];
  const build = (from: number, to: number): Expr => {
    if (from === to) return terms[from] ?? first;
    const middle = Math.floor((from + to + 1) / 2);
    return call(rest[middle - 1]?.[0].at ?? 0, name, [build(from, middle - 1), build(middle, to)]);
  };
  return build(0, terms.length - 1);
};
