// The WASI 0.2 host: the interfaces that every component may import, beside those of networks.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { GuestRoot } from "#runtime/wasi/filesystem/mounts.ts";
import type { LifeGate } from "#runtime/wasi/life-gate.ts";
import type { Life } from "#runtime/wasi/life.ts";
import { cliInterfaces, clockInterfaces, randomInterfaces, type CliConfig } from "./cli.ts";
import { filesystemInterfaces } from "./filesystem.ts";
import { pollInterface } from "./poll.ts";
import { errorInterface, streamsInterface } from "./streams.ts";

/** What a guest is given. */
export type Preview2Config = CliConfig & { readonly root: GuestRoot; readonly life: Life };

/** The interfaces by their names without version. */
export const preview2 = (config: Preview2Config, gate: LifeGate): Readonly<Record<string, HostInterface>> => ({
  ...cliInterfaces(config, gate),
  ...clockInterfaces,
  ...randomInterfaces(config.life),
  ...filesystemInterfaces(config.root, config.life),
  "wasi:io/error": errorInterface,
  "wasi:io/poll": pollInterface(config.life),
  "wasi:io/streams": streamsInterface(config.life),
});
