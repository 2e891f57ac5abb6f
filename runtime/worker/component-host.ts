// What the instances of one component share of their node: files, the log, the network. What a component does not import is
// not loaded.
import type { HostInterface } from "#runtime/wasi/component/linker.ts";
import type { Component } from "#runtime/wasi/component/syntax.ts";
import type { LifeGate } from "#runtime/wasi/life-gate.ts";
import { preview2 } from "#runtime/wasi/preview2/host.ts";
import { importsPackage } from "./component-kind.ts";
import { guestRoot } from "./guest-root.ts";
import type { LogFile } from "./log-file.ts";
import type { GuestSpec } from "./protocol.ts";
import type { Turns } from "./turns.ts";

/** The interfaces of the host by their names without version. */
export type Interfaces = Readonly<Record<string, HostInterface>>;

/** A part of the host that few components import. */
type Part = { readonly of: (turns: Turns) => Interfaces; readonly close: () => void };

const PWD = "PWD=";

const workingDirOf = (env: readonly string[]): string | undefined => env.find((each) => each.startsWith(PWD))?.slice(PWD.length);

const httpPart = async (spec: GuestSpec): Promise<Part> => {
  const [{ httpInterfaces }, { HttpClient }, { Names }] = await Promise.all([
    import("#runtime/wasi/http/interfaces.ts"),
    import("#runtime/wasi/http/send.ts"),
    import("#runtime/network/lookup.ts"),
  ]);
  const client = new HttpClient(new Names(spec.files, spec.network), spec.network);
  return { of: (turns) => httpInterfaces(client, turns), close: () => client.close() };
};

const socketsPart = async (spec: GuestSpec): Promise<Part> => {
  const [{ socketInterfaces }, { Names }] = await Promise.all([
    import("#runtime/wasi/preview2/sockets.ts"),
    import("#runtime/network/lookup.ts"),
  ]);
  const names = new Names(spec.files, spec.network);
  return { of: () => socketInterfaces(names, spec.network), close: () => undefined };
};

const PARTS = { "wasi:http": httpPart, "wasi:sockets": socketsPart } as const;

const partsOf = (component: Component, spec: GuestSpec): Promise<readonly Part[]> =>
  Promise.all(Object.entries(PARTS).flatMap(([name, part]) => (importsPackage(component, name) ? [part(spec)] : [])));

/** The host of one guest. */
export class ComponentHost {
  readonly #spec: GuestSpec;
  readonly #log: LogFile;
  readonly #files: ReturnType<typeof guestRoot>;
  readonly #parts: readonly Part[];

  private constructor(spec: GuestSpec, log: LogFile, parts: readonly Part[]) {
    this.#spec = spec;
    this.#log = log;
    this.#parts = parts;
    this.#files = guestRoot(spec);
  }

  /** Rejects: an error of the file system. */
  static async open(component: Component, spec: GuestSpec, log: LogFile): Promise<ComponentHost> {
    return new ComponentHost(spec, log, await partsOf(component, spec));
  }

  /** The host's interfaces for the stack that has these turns. */
  interfaces(turns: Turns): (gate: LifeGate) => Interfaces {
    const output =
      (stream: "stdout" | "stderr") =>
      (bytes: Uint8Array): void => {
        this.#log.write(stream, bytes);
        turns.logged(bytes.length);
      };
    const { args, env } = this.#spec;
    const config = {
      args,
      env,
      workingDir: workingDirOf(env),
      root: this.#files.root,
      stdout: output("stdout"),
      stderr: output("stderr"),
      life: turns,
    };
    return (gate) => Object.assign({}, preview2(config, gate), ...this.#parts.map(({ of }) => of(turns))) as Interfaces;
  }

  close(): void {
    for (const { close } of this.#parts) close();
    this.#files.close();
  }
}
