// A directory of files that changes all at once, as upstream's AtomicWriter lays it out: `key` is a link to `..data/key`, and
// `..data` a link to a directory that holds one state of all files. upstream: pkg/volume/util/atomic_writer.go
import { chmod, lstat, mkdir, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { VolumeFile } from "./port.ts";

const DATA = "..data";

const topOf = (path: string): string => path.split("/", 1)[0] ?? path;

const isSame = async (dir: string, file: VolumeFile): Promise<boolean> => {
  const path = join(dir, DATA, file.path);
  const found = await readFile(path).catch(() => undefined);
  if (found === undefined || !found.equals(file.data)) return false;
  return ((await lstat(path)).mode & 0o777) === file.mode;
};

const countFiles = async (dir: string): Promise<number> => {
  const entries = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).length;
};

const isCurrent = async (dir: string, files: readonly VolumeFile[]): Promise<boolean> => {
  const current = await readlink(join(dir, DATA)).catch(() => undefined);
  if (current === undefined || (await countFiles(join(dir, current))) !== files.length) return false;
  const same = await Promise.all(files.map((file) => isSame(dir, file)));
  return same.every(Boolean);
};

const writeState = async (dir: string, state: string, files: readonly VolumeFile[]): Promise<void> => {
  await mkdir(join(dir, state), { recursive: true });
  for (const { path, data, mode } of files) {
    const target = join(dir, state, path);
    // files may share directories
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, data);
    await chmod(target, mode);
  }
};

/** Links what people see to the current state, and takes links away whose files are gone. */
const relink = async (dir: string, files: readonly VolumeFile[]): Promise<void> => {
  const wanted = new Set(files.map(({ path }) => topOf(path)));
  const present = await readdir(dir);
  await Promise.all(
    present.filter((name) => !name.startsWith("..") && !wanted.has(name)).map((name) => rm(join(dir, name), { force: true })),
  );
  await Promise.all([...wanted].filter((name) => !present.includes(name)).map((name) => symlink(`${DATA}/${name}`, join(dir, name))));
};

/** Brings the directory to these files and no others. @param state a name that no earlier state had, such as `..2026_01` */
export const writeFiles = async (dir: string, files: readonly VolumeFile[], state: string): Promise<void> => {
  await mkdir(dir, { recursive: true });
  if (await isCurrent(dir, files)) return;
  const before = await readlink(join(dir, DATA)).catch(() => undefined);
  await writeState(dir, state, files);
  await symlink(state, join(dir, `${DATA}_tmp`)).catch(async () => {
    await rm(join(dir, `${DATA}_tmp`), { force: true });
    await symlink(state, join(dir, `${DATA}_tmp`));
  });
  await rename(join(dir, `${DATA}_tmp`), join(dir, DATA));
  await relink(dir, files);
  if (before !== undefined) await rm(join(dir, before), { recursive: true, force: true });
};
