// Asks the machine's own resolvers about names that are not the cluster's.
import { readFileSync } from "node:fs";
import dns2 from "dns2";

/** The resolvers of a resolv.conf, other than the cluster's own. */
export const upstreamsOf = (text: string, own: readonly string[]): readonly string[] =>
  [...text.matchAll(/^\s*nameserver\s+(\S+)/gm)]
    .map(([, address = ""]) => address)
    .filter((address) => !own.includes(address) && !address.includes(":"));

/** The machine's resolvers; none when it has no resolv.conf. */
export const systemUpstreams = (own: readonly string[]): readonly string[] => {
  try {
    return upstreamsOf(readFileSync("/etc/resolv.conf", "utf8"), own);
  } catch {
    return [];
  }
};

/** Asks one resolver after the other; undefined when none answers. */
export const forward = async (
  upstreams: readonly string[],
  question: { readonly name: string; readonly type: string },
): Promise<dns2.Packet | undefined> => {
  for (const dns of upstreams) {
    // the next is asked only when this one is silent
    const answer = await dns2
      .UDPClient({ dns, timeout: 2_000 })(question.name, question.type)
      .catch(() => undefined);
    if (answer !== undefined) return answer;
  }
  return undefined;
};
