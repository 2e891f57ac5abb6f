// A data directory for a test, gone after it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf, type Layout } from "#actors/cluster/layout.ts";

/** Runs a test on a directory of its own. */
export const inDirectory = async (test: (layout: Layout) => void | Promise<void>): Promise<void> => {
  const data = mkdtempSync(join(tmpdir(), "orrery-"));
  try {
    await test(layoutOf(data));
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
};
