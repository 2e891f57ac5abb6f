// A directory that a guest has, beside one that it must never reach.
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeDirectory, type Directory } from "#runtime/wasi/filesystem/directory.ts";
import { codeOf } from "#runtime/wasi/filesystem/file-error.ts";
import * as files from "#runtime/wasi/filesystem/files.ts";
import { mountTree, type MountSpec } from "#runtime/wasi/filesystem/mount-tree.ts";
import { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";

export type Sandbox = Disposable & {
  /** The guest's root on the host. */
  readonly inside: string;
  /** A directory with the file `secret`. */
  readonly outside: string;
  readonly base: Directory;
};

export const openSandbox = (
  mounts: (dirs: { readonly outside: string; readonly inside: string }) => readonly MountSpec[] = () => [],
): Sandbox => {
  const dir = mkdtempSync(join(tmpdir(), "orrery-files-"));
  const [inside, outside] = [join(dir, "inside"), join(dir, "outside")];
  for (const each of [inside, outside]) mkdirSync(each);
  writeFileSync(join(outside, "secret"), "secret");
  const root = new GuestRoot(mountTree({ hostPath: inside, readOnly: false }, mounts({ inside, outside })), () => undefined);
  const dispose = (): void => {
    root.close();
    rmSync(dir, { recursive: true, force: true });
  };
  return { inside, outside, base: root.directory(), [Symbol.dispose]: dispose };
};

/** The POSIX name of what `act` is refused with; "" when it is not. */
export const refusal = (act: () => unknown): string => {
  try {
    act();
    return "";
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    return code;
  }
};

/** Opening to read. */
export const READ: files.OpenOptions = {
  follow: true,
  read: true,
  write: false,
  append: false,
  create: false,
  exclusive: false,
  truncate: false,
  sync: false,
  directory: false,
};
/** Opening to write, making it when it is not there. */
export const WRITE: files.OpenOptions = { ...READ, write: true, create: true };

export const close = (opened: files.Opened): void => (opened.kind === "file" ? closeSync(opened.fd) : closeDirectory(opened.directory));

/** The text of a file. */
export const read = (base: Directory, path: string, options = READ): string => {
  const opened = files.open(base, path, options);
  try {
    return opened.kind === "file" ? readFileSync(opened.fd, "utf8") : "a directory";
  } finally {
    close(opened);
  }
};

/** Writes a file. */
export const write = (base: Directory, path: string, text: string): void => {
  const opened = files.open(base, path, WRITE);
  if (opened.kind === "file") writeFileSync(opened.fd, text);
  close(opened);
};

/** Opens a directory. */
export const openDirectory = (base: Directory, path: string): Directory => {
  const opened = files.open(base, path, { ...READ, directory: true });
  if (opened.kind !== "directory") throw new Error("not a directory");
  return opened.directory;
};
