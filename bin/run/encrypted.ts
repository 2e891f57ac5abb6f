// The store of the API server's process, encrypted if the cluster has a configuration for it.
import { existsSync, readFileSync } from "node:fs";
import { parseEncryption } from "#actors/store/encryption/config.ts";
import { EncryptedStore } from "#actors/store/encryption/encrypted-store.ts";
import type { Store } from "#lib/store.ts";
import type { Process } from "./process.ts";

export type ClusterStore = {
  readonly store: Store;
  /** Brings what is in clear, or under an old key, under the newest. To be called when the caches are filled; never throws. */
  readonly rewrite: () => Promise<void>;
};

/** Throws: when the configuration cannot be read. */
export const encryptedOver = (inner: Store, { layout, random, logger, signal }: Process): ClusterStore => {
  if (!existsSync(layout.encryption)) return { store: inner, rewrite: () => Promise.resolve() };
  const store = new EncryptedStore(inner, { config: parseEncryption(readFileSync(layout.encryption, "utf8")), random });
  const rewrite = async (): Promise<void> => {
    try {
      const objects = await store.rewrite(signal);
      if (objects > 0) logger("info", "objects were encrypted with the newest key", { objects });
    } catch (error) {
      if (!signal.aborted) logger("error", "objects could not be encrypted with the newest key; the next start tries again", { error });
    }
  };
  return { store, rewrite };
};
