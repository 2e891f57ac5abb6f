// What can be done to files by path, on the guest's side of its mounts. Every function throws FileError or an fs error;
// `codeOf` names both.
import { constants, fstatSync, linkSync, lstatSync, lutimesSync, mkdirSync, openSync, closeSync, opendirSync } from "node:fs";
import { readlinkSync, renameSync, rmdirSync, statSync, symlinkSync, unlinkSync, utimesSync, type BigIntStats } from "node:fs";
import { DIRECTORY_FLAGS, at, duplicate, type Directory } from "./directory.ts";
import { FileError } from "./file-error.ts";
import { isDirectoryMount } from "./mounts.ts";
import { withPlace, type Place } from "./walk.ts";

export type OpenOptions = {
  /** A link in the last place is followed; without it, it is refused with ELOOP. */
  readonly follow: boolean;
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Writes are on the disk when they return. */
  readonly sync: boolean;
  /** What is opened must be a directory. */
  readonly directory: boolean;
};

/** A descriptor of the node, to be closed by whoever asked for it. */
export type Opened =
  | { readonly kind: "file"; readonly fd: number; readonly readOnly: boolean }
  | { readonly kind: "directory"; readonly directory: Directory };

/** The instants of a file in milliseconds; undefined leaves one as it is. */
export type FileTimes = { readonly accessedAt: number | undefined; readonly modifiedAt: number | undefined };

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_SYNC } = constants;

const DEFAULT_MODE = 0o666;

const changes = (options: OpenOptions): boolean => options.write || options.append || options.create || options.truncate;

const flagsOf = (options: OpenOptions): number => {
  const writes = options.write || options.append || options.truncate;
  const access = writes ? (options.read ? O_RDWR : O_WRONLY) : O_RDONLY;
  const wanted: readonly (readonly [boolean, number])[] = [
    [options.append, O_APPEND],
    [options.create, O_CREAT],
    [options.exclusive, O_EXCL],
    [options.truncate, O_TRUNC],
    [options.sync, O_SYNC],
  ];
  // A pipe or device of the node's must not hold the thread while it is opened.
  return wanted.reduce((flags, [is, flag]) => (is ? flags | flag : flags), access | O_NONBLOCK);
};

const openDirectory = (place: Place): Opened => {
  const { directory, name, hostPath } = place;
  if (place.isMountedFile) throw new FileError("ENOTDIR");
  if (name === ".") return { kind: "directory", directory: duplicate(directory) };
  const point = directory.point?.below.get(name);
  const opened = { fd: openSync(hostPath, DIRECTORY_FLAGS), hostPath: `${directory.hostPath}/${name}`, mount: directory.mount, point };
  return { kind: "directory", directory: opened };
};

const openFile = (place: Place, options: OpenOptions): Opened => {
  const fd = openSync(place.hostPath, flagsOf(options) | (place.isMountedFile ? 0 : O_NOFOLLOW), DEFAULT_MODE);
  const found = fstatSync(fd);
  if (!found.isDirectory()) return { kind: "file", fd, readOnly: place.readOnly };
  closeSync(fd);
  return openDirectory(place);
};

// What is not there is made as a file, so it cannot be asked for as a directory.
const openPlace = (place: Place, options: OpenOptions): Opened => {
  if (options.directory || place.mustBeDirectory) {
    if (options.create) throw new FileError(options.directory ? "EINVAL" : "EISDIR");
    return openDirectory(place);
  }
  if (!changes(options)) return openFile(place, options);
  if (place.name === ".") throw new FileError("EISDIR");
  return place.readOnly ? openReadOnly(place, options) : openFile(place, options);
};

// A file that is there may be opened with O_CREAT even where nothing can be made.
const openReadOnly = (place: Place, options: OpenOptions): Opened => {
  const { write, append, truncate, exclusive } = options;
  const found = (place.isMountedFile ? statSync : lstatSync)(place.hostPath, { throwIfNoEntry: false });
  if (found !== undefined && exclusive) throw new FileError("EEXIST");
  if (found === undefined || write || append || truncate) throw new FileError("EROFS");
  return openFile(place, { ...options, create: false, exclusive: false });
};

/** Opens what `path` means. */
export const open = (base: Directory, path: string, options: OpenOptions): Opened =>
  withPlace(base, path, options.follow && !options.exclusive, (place) => openPlace(place, options));

const mustWrite = (place: Place): void => {
  if (place.readOnly) throw new FileError("EROFS");
};

const mustBeFree = (place: Place): void => {
  mustWrite(place);
  if (place.isFixed) throw new FileError("EBUSY");
};

export const stat = (base: Directory, path: string, follow: boolean): BigIntStats =>
  withPlace(base, path, follow, (place) => {
    const found = (place.isMountedFile ? statSync : lstatSync)(place.hostPath, { bigint: true });
    if (place.mustBeDirectory && !found.isDirectory()) throw new FileError("ENOTDIR");
    return found;
  });

export const makeDirectory = (base: Directory, path: string): void =>
  withPlace(base, path, false, (place) => {
    if (place.isFixed) throw new FileError("EEXIST");
    mustWrite(place);
    mkdirSync(place.hostPath);
  });

export const removeDirectory = (base: Directory, path: string): void =>
  withPlace(base, path, false, (place) => {
    if (place.name === "." && place.directory === base) throw new FileError("EINVAL");
    mustBeFree(place);
    rmdirSync(place.hostPath);
  });

export const removeFile = (base: Directory, path: string): void =>
  withPlace(base, path, false, (place) => {
    mustBeFree(place);
    if (lstatSync(place.hostPath).isDirectory()) throw new FileError("EISDIR");
    if (place.mustBeDirectory) throw new FileError("ENOTDIR");
    unlinkSync(place.hostPath);
  });

const sameMount = (from: Place, to: Place): void => {
  if (from.directory.mount !== to.directory.mount) throw new FileError("EXDEV");
};

export type Ends = { readonly from: Directory; readonly fromPath: string; readonly to: Directory; readonly toPath: string };

/** Renames within one mount. */
export const rename = ({ from, fromPath, to, toPath }: Ends): void =>
  withPlace(from, fromPath, false, (source) =>
    withPlace(to, toPath, false, (target) => {
      mustBeFree(source);
      mustBeFree(target);
      sameMount(source, target);
      const isDirectory = lstatSync(source.hostPath).isDirectory();
      if ((source.mustBeDirectory || target.mustBeDirectory) && !isDirectory) throw new FileError("ENOTDIR");
      renameSync(source.hostPath, target.hostPath);
    }),
  );

/** Makes a second name for a file, within one mount. */
export const link = ({ from, fromPath, to, toPath }: Ends, follow: boolean): void =>
  withPlace(from, fromPath, follow, (source) =>
    withPlace(to, toPath, false, (target) => {
      if (source.isFixed) throw new FileError("EPERM");
      mustWrite(target);
      sameMount(source, target);
      if (target.isFixed) throw new FileError("EEXIST");
      if (target.mustBeDirectory) throw new FileError("ENOENT");
      linkSync(source.hostPath, target.hostPath);
    }),
  );

/** Makes a link. An absolute target is refused: no guest could follow it, and others on the node would. */
export const makeLink = (target: string, base: Directory, path: string): void =>
  withPlace(base, path, false, (place) => {
    if (target.startsWith("/")) throw new FileError("EPERM");
    mustWrite(place);
    if (place.isFixed) throw new FileError("EEXIST");
    if (place.mustBeDirectory) throw new FileError("ENOENT");
    symlinkSync(target, place.hostPath);
  });

export const readLink = (base: Directory, path: string): string =>
  withPlace(base, path, false, (place) => {
    if (place.isMountedFile) throw new FileError("EINVAL");
    return readlinkSync(place.hostPath);
  });

export const setTimes = (base: Directory, path: string, follow: boolean, times: FileTimes): void =>
  withPlace(base, path, follow, (place) => {
    mustWrite(place);
    const found = (place.isMountedFile ? statSync : lstatSync)(place.hostPath);
    const accessed = (times.accessedAt ?? found.atimeMs) / 1000;
    const modified = (times.modifiedAt ?? found.mtimeMs) / 1000;
    (place.isMountedFile ? utimesSync : lutimesSync)(place.hostPath, accessed, modified);
  });

export type Entry = { readonly name: string; readonly kind: EntryKind };
export type EntryKind = "file" | "directory" | "link" | "character device" | "block device" | "socket" | "pipe" | "unknown";

type Kinds = Pick<BigIntStats, "isFile" | "isDirectory" | "isSymbolicLink" | "isCharacterDevice" | "isBlockDevice" | "isSocket" | "isFIFO">;

/** What a directory entry or a file's status says it is. */
export const kindOf = (found: Kinds): EntryKind => {
  if (found.isFile()) return "file";
  if (found.isDirectory()) return "directory";
  if (found.isSymbolicLink()) return "link";
  if (found.isCharacterDevice()) return "character device";
  if (found.isBlockDevice()) return "block device";
  if (found.isSocket()) return "socket";
  return found.isFIFO() ? "pipe" : "unknown";
};

// A listing is held in memory, and making it holds the thread.
const MOST_ENTRIES = 65_536;

const mountedIn = ({ point }: Directory): readonly Entry[] =>
  Array.from(point?.below ?? [], ([name, mounted]) => ({
    name,
    kind: mounted.hostPath === undefined || isDirectoryMount(mounted) ? "directory" : "file",
  }));

/** What is in a directory, mount points among it; without "." and "..". Throws: FileError EOVERFLOW above 65,536 entries. */
export const list = (directory: Directory): readonly Entry[] => {
  const opened = opendirSync(at(directory, "."));
  try {
    const entries: Entry[] = [];
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (entries.push({ name: entry.name, kind: kindOf(entry) }) > MOST_ENTRIES) throw new FileError("EOVERFLOW");
    }
    return [...entries.filter(({ name }) => directory.point?.below.has(name) !== true), ...mountedIn(directory)];
  } finally {
    opened.closeSync();
  }
};
