// Makes a range of addresses local to this machine, so that any of them can be listened on: `ip route add local`. Linux and
// root only; elsewhere the cluster lives in 127.0.0.0/8, which is local everywhere.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Adds the route when it is not there. Throws: when `ip` is missing or refuses. */
export const addLocalRoute = async (cidr: string): Promise<void> => {
  await run("ip", ["route", "replace", "local", cidr, "dev", "lo"]);
};

/** Takes the route away; no error when it is not there. */
export const removeLocalRoute = async (cidr: string): Promise<void> => {
  await run("ip", ["route", "del", "local", cidr, "dev", "lo"]).catch(() => undefined);
};

/** True when this process may add local routes. */
export const canAddRoutes = async (): Promise<boolean> => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const probe = "192.0.2.255/32"; // of TEST-NET-1, which nobody routes
  try {
    await addLocalRoute(probe);
    await removeLocalRoute(probe);
    return true;
  } catch {
    return false;
  }
};
