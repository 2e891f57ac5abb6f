// What strict decoding finds beside wrong types: fields that no schema knows, and keys given twice.

/** The findings one by one, as warnings say them, and as the one text that refuses the object. */
export type Findings = { readonly messages: readonly string[]; readonly text: string };

/** Given the paths of unknown fields, finds the duplicates of a text and orders both. undefined: there is nothing to report. */
export type DuplicateCheck = (unknown: readonly string[]) => Findings | undefined;

/** No more are reported of one object. */
const MOST = 100;

/** Findings that are joined as they are. */
export const findingsOf = (messages: readonly string[]): Findings | undefined =>
  messages.length === 0 ? undefined : { messages: messages.slice(0, MOST), text: messages.slice(0, MOST).join(", ") };

export const unknownField = (path: string): string => `unknown field ${JSON.stringify(path)}`;

export const duplicateField = (path: string): string => `duplicate field ${JSON.stringify(path)}`;

/** For values that were never text. */
export const noDuplicates: DuplicateCheck = (unknown) => findingsOf(unknown.map(unknownField));
