// Field selectors: `spec.nodeName=worker-1,status.phase!=Failed`. upstream: apimachinery/pkg/fields/selector.go
import { badRequest } from "./status.ts";

/** One term. `==` reads as `=`. */
export type FieldTerm = { readonly field: string; readonly op: "=" | "!="; readonly value: string };

const splitTerms = (text: string): string[] => text.match(/(?:\\[^]|[^,\\]|\\$)+/g) ?? [];

const unescape = (text: string): string =>
  text.replaceAll(/\\[^]?|[,=]/g, (piece) => {
    const char = piece.codePointAt(0) ?? 0;
    if (!piece.startsWith("\\")) throw badRequest(`invalid field selector: unescaped character in value: ${char}`);
    if (!/^\\[\\,=]$/.test(piece)) throw badRequest(`invalid field selector: invalid escape sequence: ${piece}`);
    return piece.slice(1);
  });

/** The terms of a field selector, sorted; none for an empty text. Throws: BadRequest, in upstream's words. */
export const parseFieldSelector = (text: string): readonly FieldTerm[] =>
  splitTerms(text)
    .toSorted()
    .map((term) => {
      const found = /!=|==?/.exec(term);
      if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = unescape(term.slice(found.index + found[0].length));
      return { field: term.slice(0, found.index), op: found[0] === "!=" ? "!=" : "=", value };
    });

/** Whether an object whose selectable fields are `fields` satisfies every term; an absent field has the value "". */
export const matchesFields = (terms: readonly FieldTerm[], fields: { readonly [field: string]: string }): boolean =>
  terms.every(({ field, op, value }) => ((fields[field] ?? "") === value) === (op === "="));
