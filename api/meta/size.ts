// Sizes as Go counts them: bytes of UTF-8.

const encoder = new TextEncoder();

/** The length of a text in bytes of UTF-8. */
export const utf8Bytes = (text: string): number => encoder.encode(text).length;

/** Whether texts are together longer than `maxBytes`; encodes them only when their lengths in UTF-16 leave it open. */
export const exceedsBytes = (texts: readonly string[], maxBytes: number): boolean => {
  const units = texts.reduce((sum, text) => sum + text.length, 0);
  if (units > maxBytes || units * 3 <= maxBytes) return units > maxBytes;
  return texts.reduce((sum, text) => sum + utf8Bytes(text), 0) > maxBytes;
};
