// How a pod finds addresses: the rules of its /etc/hosts and /etc/resolv.conf. Pure. resolv.conf(5), hosts(5)

/** What a resolv.conf says. */
export type ResolverConfig = {
  readonly nameservers: readonly string[];
  readonly searches: readonly string[];
  /** A name with so many dots is first taken as it is. */
  readonly ndots: number;
};

const MOST_NAMESERVERS = 3;

const wordsOf = (text: string, keyword: string): readonly (readonly string[])[] =>
  text
    .split("\n")
    .map((line) =>
      line
        .replace(/[#;].*/, "")
        .trim()
        .split(/\s+/),
    )
    .filter(([first]) => first === keyword)
    .map(([, ...words]) => words);

/** Reads a resolv.conf. The last `search` line holds. */
export const parseResolver = (text: string): ResolverConfig => {
  const option = wordsOf(text, "options")
    .flat()
    .findLast((word) => /^ndots:\d+$/.test(word));
  return {
    nameservers: wordsOf(text, "nameserver")
      .flatMap(([address = ""]) => (address === "" ? [] : [address]))
      .slice(0, MOST_NAMESERVERS),
    searches: wordsOf(text, "search").at(-1) ?? [],
    ndots: option === undefined ? 1 : Math.min(15, Number(option.slice("ndots:".length))),
  };
};

/** The addresses of each name of a hosts file. */
export const parseHosts = (text: string): ReadonlyMap<string, readonly string[]> => {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  const found = new Map<string, readonly string[]>();
  for (const [address = "", ...names] of lines)
    for (const name of names) found.set(name.toLowerCase(), [...(found.get(name.toLowerCase()) ?? []), address]);
  return found;
};

/** The full names to ask for, in order, when `name` is looked up. */
export const candidates = (name: string, { searches, ndots }: ResolverConfig): readonly string[] => {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = searches.map((suffix) => `${name}.${suffix}`);
  const dots = name.split(".").length - 1;
  return dots >= ndots ? [name, ...searched] : [...searched, name];
};
