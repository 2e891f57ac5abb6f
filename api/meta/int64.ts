// 64-bit integers as Go reads them from text. upstream: strconv.ParseInt(text, 10, 64)

const TEXT = /^[+-]?\d+$/;
const LIMIT = 2n ** 63n;

/** The integer, or undefined when the text is not one or it needs more than 64 bits. */
export const parseInt64 = (text: string): bigint | undefined => {
  if (!TEXT.test(text)) return undefined;
  const number = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return number >= -LIMIT && number < LIMIT ? number : undefined;
};
