// A real registry (the distribution project's, from Debian) on a free loopback port, which stops with the test.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepMs } from "node:timers/promises";
import { need } from "./packages.ts";

export type Registry = { readonly host: string; readonly dir: string; stop(): Promise<void> };

/** A port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<number>();
  server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  const port = await promise;
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
  return port;
};

export const startRegistry = async (): Promise<Registry> => {
  const program = need("docker-registry");
  const dir = mkdtempSync(join(tmpdir(), "orrery-registry-"));
  const host = `127.0.0.1:${await freePort()}`;
  const config = join(dir, "config.yml");
  writeFileSync(
    config,
    `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${dir}/data\nhttp:\n  addr: ${host}\nlog:\n  level: error\n`,
  );
  const child = spawn(program, ["serve", config], { stdio: "ignore", env: { ...process.env, OTEL_TRACES_EXPORTER: "none" } });
  const exited = Promise.withResolvers<void>();
  child.once("exit", () => exited.resolve());
  for (let tries = 0; tries < 200; tries++) {
    // waiting for a process to listen
    if (
      await fetch(`http://${host}/v2/`).then(
        (response) => response.ok,
        () => false,
      )
    )
      break;
    await sleepMs(25);
  }
  return {
    host,
    dir,
    stop: async () => {
      child.kill();
      await exited.promise;
      rmSync(dir, { recursive: true });
    },
  };
};
