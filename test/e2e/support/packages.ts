// Programs that the end-to-end tests need beyond npm. As root on Debian or Ubuntu a missing one is installed; elsewhere the
// test fails and says what to install.
import { execFileSync } from "node:child_process";
import { which } from "#actors/cluster/nats-server.ts";

let updated = false;

/** The path of a program that the Debian package of that name holds. Throws: when it is missing and cannot be installed. */
export const need = (program: string, debianPackage = program): string => {
  const found = which(program);
  if (found !== undefined) return found;
  if (which("apt-get") === undefined || process.getuid?.() !== 0)
    throw new Error(`${program} is missing; install the package ${debianPackage}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  if (!updated) execFileSync("apt-get", ["update", "-q"], { env, stdio: "ignore" });
  updated = true;
  execFileSync("apt-get", ["install", "-q", "-y", "--no-install-recommends", debianPackage], { env, stdio: "ignore" });
  const installed = which(program);
  if (installed === undefined) throw new Error(`the package ${debianPackage} brought no ${program}`);
  return installed;
};
