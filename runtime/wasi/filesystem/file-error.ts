// What goes wrong with files, by its POSIX name. Each WASI version has its own numbers or words for these.

/** A refusal of our own, beside those that the operating system gives. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The POSIX name of a FileError or of an error of Node's fs; undefined for any other error. */
export const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  const { code } = error;
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
};
