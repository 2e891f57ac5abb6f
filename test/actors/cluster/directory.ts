// A data directory for a test, gone after it, and what a cluster in it may be.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATA_VERSION, nodeNames, type Definition } from "#actors/cluster/definition.ts";
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

/** A cluster of two nodes on loopback addresses. */
export const aDefinition: Definition = {
  dataVersion: DATA_VERSION,
  id: "abc",
  createdAt: "2026-01-01T00:00:00Z",
  apiPort: 6443,
  natsPort: 4222,
  network: "loopback",
  nodes: nodeNames(2),
};
