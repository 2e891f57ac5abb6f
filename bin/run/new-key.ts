// Keys of the encryption at rest, in the data directory.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Layout } from "#actors/cluster/layout.ts";
import { secretsConfig, withKey, type Key } from "#actors/store/encryption/config.ts";
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";

type Sources = { readonly clock: Clock; readonly random: Random };

/** Named by its instant: newer names are newer keys. */
const newKey = ({ clock, random }: Sources): Key => ({
  name: new Date(clock.now()).toISOString().replaceAll(/[^0-9]/g, ""),
  secret: random.bytes(32),
});

/** Puts a new key before the others; without a configuration, begins to encrypt Secrets. The answer is its name. Throws: when the file is no configuration. */
export const addKey = ({ encryption }: Layout, sources: Sources): string => {
  const key = newKey(sources);
  const text = existsSync(encryption) ? withKey(readFileSync(encryption, "utf8"), key) : secretsConfig(key);
  const next = `${encryption}.new`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, encryption); // never half a file: without its keys a cluster is lost
  return key.name;
};
