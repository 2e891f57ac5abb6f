// Expands $(NAME) in commands, arguments, values and sub paths. Pure. upstream: third_party/forked/golang/expansion/expand.go
//
// E1 $$ stands for a dollar sign, so $$(NAME) is never a reference. E2 a reference to a name that is not there stays as it is written.

/** The text, and the names that were referred to and not found. */
export type Expanded = { readonly text: string; readonly missing: readonly string[] };

const REFERENCE = /\$(?:(\$)|\(([^)]*)\))/g;

/** Expands every reference in `text`. */
export const expand = (text: string, values: ReadonlyMap<string, string>): Expanded => {
  const missing: string[] = [];
  const expanded = text.replace(REFERENCE, (written: string, dollar: string | undefined, name: string | undefined) => {
    if (dollar !== undefined || name === undefined) return "$";
    const value = values.get(name);
    if (value === undefined) missing.push(name);
    return value ?? written;
  });
  return { text: expanded, missing };
};
