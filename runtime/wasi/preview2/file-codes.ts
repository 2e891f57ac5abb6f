// The words of wasi:filesystem for what POSIX names.
import { codeOf } from "#runtime/wasi/filesystem/file-error.ts";
import type { EntryKind } from "#runtime/wasi/filesystem/files.ts";

const WORDS: Readonly<Record<string, string>> = {
  EACCES: "access",
  EAGAIN: "would-block",
  EALREADY: "already",
  EBADF: "bad-descriptor",
  EBUSY: "busy",
  EDEADLK: "deadlock",
  EDQUOT: "quota",
  EEXIST: "exist",
  EFBIG: "file-too-large",
  EILSEQ: "illegal-byte-sequence",
  EINPROGRESS: "in-progress",
  EINTR: "interrupted",
  EINVAL: "invalid",
  EIO: "io",
  EISDIR: "is-directory",
  ELOOP: "loop",
  EMLINK: "too-many-links",
  EMFILE: "insufficient-memory",
  ENFILE: "insufficient-memory",
  EMSGSIZE: "message-size",
  ENAMETOOLONG: "name-too-long",
  ENODEV: "no-device",
  ENOENT: "no-entry",
  ENOLCK: "no-lock",
  ENOMEM: "insufficient-memory",
  ENOSPC: "insufficient-space",
  ENOTDIR: "not-directory",
  ENOTEMPTY: "not-empty",
  ENOTRECOVERABLE: "not-recoverable",
  ENOTSUP: "unsupported",
  ENOSYS: "unsupported",
  ENOTTY: "no-tty",
  ENXIO: "no-such-device",
  EOVERFLOW: "overflow",
  EPERM: "not-permitted",
  EPIPE: "pipe",
  EROFS: "read-only",
  ESPIPE: "invalid-seek",
  ETXTBSY: "text-file-busy",
  EXDEV: "cross-device",
};

/** The error-code of an error; undefined when it is none of files. */
export const errorCode = (error: unknown): string | undefined => {
  const code = codeOf(error);
  return code === undefined ? undefined : (WORDS[code] ?? "io");
};

const TYPES: Readonly<Record<EntryKind, string>> = {
  unknown: "unknown",
  "block device": "block-device",
  "character device": "character-device",
  directory: "directory",
  pipe: "fifo",
  link: "symbolic-link",
  file: "regular-file",
  socket: "socket",
};

/** The descriptor-type of what a file is. */
export const descriptorType = (kind: EntryKind): string => TYPES[kind];
