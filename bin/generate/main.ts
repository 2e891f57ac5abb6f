// `npm ci` runs this (script "prepare"): writes api/generated/, which is not committed, and compiles the program.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fillCompileCache } from "./compiled.ts";
import { emitDocs, emitSchemas, emitTypes } from "./emit.ts";
import { readModels } from "./models.ts";

const client = fileURLToPath(import.meta.resolve("@kubernetes/client-node"));
const models = readModels(join(dirname(client), "gen", "models"));
const out = join(import.meta.dirname, "..", "..", "api", "generated");
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "types.ts"), emitTypes(models));
writeFileSync(join(out, "schemas.json"), JSON.stringify(emitSchemas(models)));
writeFileSync(join(out, "docs.json"), JSON.stringify(emitDocs(models)));
await fillCompileCache();
process.exit(0);
