// Shuffle sharding: each flow gets a hand of queues, and two flows seldom get the same hand.
// upstream: apiserver/pkg/util/shufflesharding

const OFFSET = 0xcbf29ce484222325n;
const PRIME = 0x100000001b3n;
const MASK = 0xffffffffffffffffn;

/** 64 bits that stand for a text (FNV-1a). */
const hashOf = (text: string): bigint => {
  let hash = OFFSET;
  for (let at = 0; at < text.length; at++) hash = ((hash ^ BigInt(text.charCodeAt(at))) * PRIME) & MASK;
  return hash;
};

/** The numbers of the queues dealt to a flow: `handSize` different ones below `queues`. */
export const handOf = (flow: string, queues: number, handSize: number): readonly number[] => {
  let rest = hashOf(flow);
  const hand: number[] = [];
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(queues - dealt);
    let card = Number(rest % left);
    rest /= left;
    for (const lower of hand.toSorted((a, b) => a - b)) if (card >= lower) card++;
    hand.push(card);
  }
  return hand;
};
