// `npm ci` runs this (script "prepare"): writes api/generated/, which is not committed, and compiles the program.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fillCompileCache } from "./compiled.ts";
import { emitDocs, emitSchemas, emitTypes } from "./emit.ts";
import { readModels } from "./models.ts";
import { readTexts } from "./texts.ts";

const folderOf = (entry: string): string => dirname(fileURLToPath(entry));

const models = readModels(join(folderOf(import.meta.resolve("@kubernetes/client-node")), "gen", "models"));
const texts = readTexts(
  [folderOf(import.meta.resolve("kubernetes-models")), folderOf(import.meta.resolve("@kubernetes-models/apimachinery"))],
  new Set(models.map(({ name }) => name)),
);
const out = join(import.meta.dirname, "..", "..", "api", "generated");
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "types.ts"), emitTypes(models));
writeFileSync(join(out, "schemas.json"), JSON.stringify(emitSchemas(models, texts)));
writeFileSync(join(out, "docs.json"), JSON.stringify(emitDocs(models, texts)));
await fillCompileCache();
process.exit(0);
