// Where the commands speak, so that tests can listen.

/** A command's voice and its end. */
export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Sets the code that the process will end with. */
  readonly exitCode: (code: number) => void;
};

/** This process's own. */
export const processTerminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  exitCode: (code) => {
    process.exitCode = code;
  },
};
