// Where containers mount volumes. upstream: pkg/apis/core/validation/validation.go (ValidateVolumeMounts, ValidateVolumeDevices)
import type { V1Container, V1EphemeralContainer, V1VolumeDevice, V1VolumeMount } from "#api/generated/types.ts";
import { each, isEmpty, needed, oneOf, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, valueNotFound } from "#api/meta/field-error.ts";
import type { PodContext } from "./context.ts";
import { checkDescending, checkNoBacksteps } from "./validate-paths.ts";

const PROPAGATIONS: readonly string[] = ["Bidirectional", "HostToContainer", "None"];
const READ_ONLY_MODES: readonly string[] = ["Disabled", "Enabled", "IfPossible"];

type AnyContainer = V1Container | V1EphemeralContainer;

function* checkPropagation(path: string, mode: string, container: AnyContainer): Check {
  yield* oneOf(path, mode, PROPAGATIONS);
  if (mode === "Bidirectional" && container.securityContext?.privileged !== true) {
    yield forbiddenField(path, "Bidirectional mount propagation is available only to privileged containers");
  }
}

function* checkRecursiveReadOnly(path: string, mount: V1VolumeMount): Check {
  const mode = mount.recursiveReadOnly;
  yield* oneOf(path, mode, READ_ONLY_MODES);
  if (mode !== "Enabled" && mode !== "IfPossible") return;
  if (mount.readOnly !== true) yield forbiddenField(path, "may only be specified when readOnly is true");
  if ((mount.mountPropagation ?? "None") !== "None") {
    yield forbiddenField(path, "may only be specified when mountPropagation is None or not specified");
  }
}

function* checkSubPath(path: string, at: string, { subPath, subPathExpr }: V1VolumeMount): Check {
  if (!isEmpty(subPath)) yield* checkDescending(`${path}.subPath`, subPath);
  if (isEmpty(subPathExpr)) return;
  if (!isEmpty(subPath)) yield invalidValue(`${at}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive");
  yield* checkDescending(`${path}.subPathExpr`, subPathExpr);
}

function* checkNotDevice(at: string, mount: V1VolumeMount, devices: readonly V1VolumeDevice[]): Check {
  if (devices.some(({ name }) => name === mount.name)) {
    yield invalidValue(`${at}.name`, mount.name, "must not already exist in volumeDevices");
  }
  if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
    yield invalidValue(`${at}.mountPath`, mount.mountPath, "must not already exist as a path in volumeDevices");
  }
}

/** Mounts of a container: of volumes that are there, each at a path of its own. */
export function* checkMounts(path: string, container: AnyContainer, { volumes }: PodContext): Check {
  const paths = new Set<string>();
  for (const [mount, at] of each(path, container.volumeMounts)) {
    yield* needed(`${at}.name`, mount.name);
    if (!volumes.has(mount.name)) yield valueNotFound(`${at}.name`, mount.name ?? "");
    yield* needed(`${at}.mountPath`, mount.mountPath);
    if (paths.has(mount.mountPath)) yield invalidValue(`${at}.mountPath`, mount.mountPath, "must be unique");
    paths.add(mount.mountPath);
    yield* checkNotDevice(at, mount, container.volumeDevices ?? []);
    yield* checkSubPath(path, at, mount);
    if (mount.mountPropagation !== undefined) yield* checkPropagation(`${path}.mountPropagation`, mount.mountPropagation, container);
    yield* checkRecursiveReadOnly(`${path}.recursiveReadOnly`, mount);
  }
}

function* checkDeviceName(at: string, name: string, { volumes }: PodContext): Check {
  const volume = volumes.get(name);
  yield* needed(`${at}.name`, name);
  if (volume === undefined) yield valueNotFound(`${at}.name`, name ?? "");
  else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
    yield invalidValue(`${at}.name`, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
  }
}

function* checkDevicePath(at: string, path: string): Check {
  yield* needed(`${at}.devicePath`, path);
  const [backstep] = checkNoBacksteps(`${at}.devicePath`, path ?? "");
  if (backstep !== undefined) yield invalidValue(`${at}.devicePath`, path, "can not contain backsteps ('..')");
}

/** Block devices of a container. */
export function* checkDevices(path: string, container: AnyContainer, context: PodContext): Check {
  const taken = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  for (const [{ name, devicePath }, at] of each(path, container.volumeDevices)) {
    yield* checkDeviceName(at, name, context);
    yield* checkDevicePath(at, devicePath);
    if (taken.has(`name ${name}`)) yield invalidValue(`${at}.name`, name, "must be unique");
    if (taken.has(`path ${devicePath}`)) yield invalidValue(`${at}.devicePath`, devicePath, "must be unique");
    taken.add(`name ${name}`).add(`path ${devicePath}`);
    if (mounts.some((mount) => mount.name === name)) yield invalidValue(`${at}.name`, name, "must not already exist in volumeMounts");
    if (mounts.some(({ mountPath }) => mountPath === devicePath)) {
      yield invalidValue(`${at}.devicePath`, devicePath, "must not already exist as a path in volumeMounts");
    }
  }
}
