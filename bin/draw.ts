// `node bin/draw.ts`: draws the pages of docs/machines anew.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { machinePages } from "./generate/machine-pages.ts";

const dir = join(import.meta.dirname, "..", "docs", "machines");
mkdirSync(dir, { recursive: true });
for (const { file, text } of machinePages()) writeFileSync(join(dir, file), text);
