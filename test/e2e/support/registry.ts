// A real registry (the distribution project's, from Debian) on a free loopback port, which stops with the test.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleepMs } from "node:timers/promises";
import { digestOf } from "#runtime/images/blobs.ts";
import { MANIFEST, type Manifest } from "#runtime/images/manifest.ts";
import { parseReference } from "#runtime/images/reference.ts";
import { Repository } from "#runtime/images/registry.ts";
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

/** What lies in a registry as an image's one layer; it may claim another digest than its own. */
export type Layer = { readonly mediaType: string; readonly bytes: Uint8Array; readonly digest?: string };

/** Pushes an image as no tool would make it. Its digest. */
export const pushRaw = async (name: string, layer: Layer): Promise<string> => {
  const parsed = parseReference(name);
  if (parsed === undefined) throw new Error(name);
  const { signal } = new AbortController();
  const repository = new Repository(parsed, {});
  const config = new TextEncoder().encode("{}");
  for (const bytes of [config, layer.bytes]) await repository.pushBlob(digestOf(bytes), bytes, signal);
  const descriptor = { mediaType: layer.mediaType, digest: layer.digest ?? digestOf(layer.bytes), size: layer.bytes.length };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: "application/vnd.wasm.config.v0+json", digest: digestOf(config), size: config.length },
    layers: [descriptor],
  };
  const bytes = new TextEncoder().encode(JSON.stringify(manifest));
  await repository.pushManifest(parsed.tag, bytes, { mediaType: MANIFEST, signal });
  return digestOf(bytes);
};

/** Changes what a registry has stored under a digest, as a bad disk would. */
export const corrupt = ({ dir }: Registry, digest: string, change: (bytes: Buffer) => Uint8Array): void => {
  const hex = digest.slice("sha256:".length);
  const path = join(dir, "data/docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
  writeFileSync(path, change(readFileSync(path)));
};
