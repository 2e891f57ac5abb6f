// What a guest sees as its file system: its own root directory and, over it, the mounts that its pod asked for. Mounts may
// be directories or single files. A mount point is found by name while a path is walked, so it hides whatever its parent
// directory has there. Pure.
import { FileError } from "./file-error.ts";

/** A name in the tree of mounts: a mount, or a directory on the way to one. */
export type MountPoint = {
  readonly hostPath: string | undefined;
  readonly readOnly: boolean;
  readonly below: Map<string, MountPoint>;
};

/** A mount as the runtime's port has it. */
export type MountSpec = { readonly hostPath: string; readonly guestPath: string; readonly readOnly: boolean };

/** The segments of a guest's absolute path. Throws: FileError EINVAL for one that goes up. */
export const segmentsOf = (guestPath: string): readonly string[] => {
  const segments = guestPath.split("/").filter((segment) => segment !== "" && segment !== ".");
  if (segments.includes("..")) throw new FileError("EINVAL");
  return segments;
};

const withMount = (point: MountPoint, segments: readonly string[], mount: MountSpec): MountPoint => {
  const [first, ...rest] = segments;
  if (first === undefined) return { ...point, hostPath: mount.hostPath, readOnly: mount.readOnly };
  const next = point.below.get(first) ?? { hostPath: undefined, readOnly: false, below: new Map() };
  return { ...point, below: new Map(point.below).set(first, withMount(next, rest, mount)) };
};

/** The tree of `mounts` over the directory `root`. Throws: FileError EINVAL for a guest path that goes up. */
export const mountTree = (root: { readonly hostPath: string; readonly readOnly: boolean }, mounts: readonly MountSpec[]): MountPoint =>
  mounts.reduce<MountPoint>((tree, mount) => withMount(tree, segmentsOf(mount.guestPath), mount), { ...root, below: new Map() });
