// Bytes as JSON carries them: base64.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A text as base64 of its UTF-8. */
export const toBase64 = (text: string): string => encoder.encode(text).toBase64();

/** The text whose UTF-8 is written in base64. Throws: SyntaxError when it is no base64. */
export const fromBase64 = (base64: string): string => decoder.decode(Uint8Array.fromBase64(base64));

/** How many bytes a base64 text stands for. */
export const base64Bytes = (base64: string): number => {
  const padding = base64.endsWith("==") ? 2 : base64.endsWith("=") ? 1 : 0;
  return Math.floor((base64.length * 3) / 4) - padding;
};
