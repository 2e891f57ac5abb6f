// A guest's file system on its thread: its own root directory, the ways to its mount points, and the mounts over it.
import { closeSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RootFile } from "#runtime/pod-files.ts";
import { closeDirectory, pathOfOpen, type Directory } from "#runtime/wasi/filesystem/directory.ts";
import { codeOf } from "#runtime/wasi/filesystem/file-error.ts";
import { makeDirectory, open, stat } from "#runtime/wasi/filesystem/files.ts";
import { mountTree, segmentsOf, type MountSpec } from "#runtime/wasi/filesystem/mount-tree.ts";
import { GuestRoot, openMount } from "#runtime/wasi/filesystem/mounts.ts";
import type { GuestMount } from "./protocol.ts";

const isThere = (base: Directory, path: string): boolean => {
  try {
    stat(base, path, true);
    return true;
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    return false;
  }
};

const makeAll = (base: Directory, segments: readonly string[]): void => {
  const paths = segments.map((_, index) => segments.slice(0, index + 1).join("/"));
  for (const path of paths) if (!isThere(base, path)) makeDirectory(base, path);
};

const within = <Result>({ hostPath, readOnly }: MountSpec, use: (base: Directory) => Result): Result => {
  const base = openMount({ hostPath, readOnly, below: new Map() });
  try {
    return use(base);
  } finally {
    closeDirectory(base);
  }
};

const READ = { follow: true, read: true, write: false, append: false, create: false, exclusive: false, truncate: false, sync: false };

// Opens the part of a volume that is meant, so that nobody can put something else in its place afterwards.
const openPart = (mount: GuestMount, subPath: string): number =>
  within({ ...mount, readOnly: false }, (volume) => {
    const segments = segmentsOf(subPath);
    if (!isThere(volume, segments.join("/"))) makeAll(volume, segments);
    const opened = open(volume, segments.join("/"), { ...READ, directory: false });
    return opened.kind === "file" ? opened.fd : opened.directory.fd;
  });

const startsWith = (path: readonly string[], start: readonly string[]): boolean => start.every((segment, index) => path[index] === segment);

// Makes the directories on the way to a mount point, in the mount that the way leads through last.
const makeWay = (mount: MountSpec, others: readonly MountSpec[]): void => {
  const way = segmentsOf(mount.guestPath).slice(0, -1);
  const through = others
    .filter(({ guestPath }) => startsWith(way, segmentsOf(guestPath)))
    .toSorted((a, b) => segmentsOf(b.guestPath).length - segmentsOf(a.guestPath).length)[0];
  if (through !== undefined) within(through, (base) => makeAll(base, way.slice(segmentsOf(through.guestPath).length)));
};

const writeFiles = (rootPath: string, files: readonly RootFile[]): void => {
  for (const { path, text } of files) {
    const file = join(rootPath, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
};

export type GuestRootConfig = {
  readonly rootPath: string;
  readonly readOnlyRoot: boolean;
  readonly mounts: readonly GuestMount[];
  readonly files: readonly RootFile[];
};

/** Opens what a guest sees as its file system. `close` lets go of it. Throws: FileError, an fs error. */
export const guestRoot = ({
  rootPath,
  readOnlyRoot,
  mounts,
  files,
}: GuestRootConfig): { readonly root: GuestRoot; readonly close: () => void } => {
  const pinned: number[] = [];
  const resolved = mounts.map((mount): MountSpec => {
    if (mount.subPath === undefined || mount.subPath === "") return mount;
    const fd = openPart(mount, mount.subPath);
    pinned.push(fd);
    return { hostPath: pathOfOpen(fd, `${mount.hostPath}/${mount.subPath}`), guestPath: mount.guestPath, readOnly: mount.readOnly };
  });
  const own: MountSpec = { hostPath: rootPath, guestPath: "/", readOnly: false };
  const prepare = (): void => {
    mkdirSync(rootPath, { recursive: true });
    writeFiles(rootPath, files);
    for (const mount of resolved) makeWay(mount, [own, ...resolved.filter((other) => other !== mount)]);
  };
  const root = new GuestRoot(mountTree({ hostPath: rootPath, readOnly: readOnlyRoot }, resolved), prepare);
  const close = (): void => {
    root.close();
    for (const fd of pinned) closeSync(fd);
  };
  return { root, close };
};
