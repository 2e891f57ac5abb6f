// What machine a node runs on.
import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { arch, availableParallelism, cpus, freemem, release, totalmem, type } from "node:os";

const read = (path: string): string | undefined => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
};

/** Memory that programs may still take, which on Linux is more than what is free. */
const availableMemory = (): number => {
  const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(read("/proc/meminfo") ?? "")?.[1];
  return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
};

/** What all processors have done, in milliseconds. */
const busyMs = (): number => cpus().reduce((total, { times: { user, nice, sys, irq } }) => total + user + nice + sys + irq, 0);

/** What changes: capacity and what of it is left. @param dir where the node keeps its files */
export const readMachine = async (dir: string) => {
  const { blocks, bavail, bsize } = await statfs(dir);
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    memoryAvailableBytes: availableMemory(),
    diskBytes: blocks * bsize,
    diskAvailableBytes: bavail * bsize,
    cpuNanos: busyMs() * 1e6,
  };
};

const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", ia32: "386" };

/** What does not change. */
export const readSystem = () => ({
  architecture: ARCHITECTURES[arch()] ?? arch(),
  machineId: read("/etc/machine-id") ?? "",
  systemUuid: read("/sys/class/dmi/id/product_uuid") ?? read("/etc/machine-id") ?? "",
  bootId: read("/proc/sys/kernel/random/boot_id") ?? "",
  kernelVersion: release(),
  osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(read("/etc/os-release") ?? "")?.[1] ?? type(),
});
