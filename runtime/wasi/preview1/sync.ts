// Bringing files to the disk: slow, so the guest is suspended while it is done.
import { fdatasync, fsync } from "node:fs";
import { FileError, codeOf } from "#runtime/wasi/filesystem/file-error.ts";
import type { DescriptorTable } from "./descriptors.ts";
import type { Guest } from "./input-output.ts";
import { END } from "./sockets.ts";

type Sync = typeof fsync;

const hostFd = (table: DescriptorTable, fd: number): number => {
  const found = table.get(fd);
  if (found.kind === "file") return found.fd;
  if (found.kind === "directory") return found.directory.fd;
  throw new FileError("EINVAL");
};

const syncing =
  ({ table, life }: Guest, sync: Sync) =>
  async (fd: number): Promise<typeof END | undefined> => {
    const host = hostFd(table, fd);
    let error: NodeJS.ErrnoException | null = null;
    const done = {
      watch: (fn: () => void) => {
        sync(host, (failure) => {
          error = failure;
          fn();
        });
        return () => undefined;
      },
    };
    if (!(await life.wait(undefined, [done]))) return END;
    if (codeOf(error) !== undefined) throw new FileError(codeOf(error) ?? "EIO");
    return undefined;
  };

/** The functions fd_sync and fd_datasync. They suspend the guest. */
export const syncFunctions = (guest: Guest) => ({ fd_sync: syncing(guest, fsync), fd_datasync: syncing(guest, fdatasync) });
