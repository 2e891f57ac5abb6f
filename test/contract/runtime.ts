// What every Runtime must do. Containers run the toolbox of the examples, whose commands the simulated runtime knows too.
import * as assert from "uvu/assert";
import { ContainerError, ImageError, type Container, type ContainerConfig, type Runtime, type SandboxConfig } from "#runtime/port.ts";
import { suite } from "#test/support/suite.ts";

/** A runtime under test. */
export type OpenRuntime = AsyncDisposable & {
  readonly runtime: Runtime;
  /** A reference to the toolbox's image. */
  readonly image: string;
  /** The runtime handler of its pods; "" when it does not say. */
  readonly handler?: string | undefined;
  /** A file that may be written as a log. */
  readonly logPath: (name: string) => string;
  /** Lets `ms` milliseconds go by, where time is simulated. */
  readonly advance: (ms: number) => Promise<void>;
};

export type Skipped = { readonly reason: string; readonly tests: readonly string[] };

const signal = new AbortController().signal;

export const sandboxOf = (name: string, rest: Partial<SandboxConfig> = {}): SandboxConfig => ({
  uid: `uid-${name}`,
  namespace: "default",
  name,
  handler: "",
  hostNetwork: false,
  hostname: name,
  dns: { nameservers: ["10.96.0.10"], searches: ["default.svc.cluster.local"], options: ["ndots:5"] },
  hosts: [],
  ...rest,
});

/** A container of one test, and every state it was in. */
export class Watched {
  readonly states: Container[] = [];
  readonly #open: OpenRuntime;
  readonly #waiting = new Set<() => void>();
  id = "";

  constructor(open: OpenRuntime) {
    this.#open = open;
    open.runtime.subscribe((container) => {
      if (this.id !== "" && container.id !== this.id) return;
      this.states.push(container);
      for (const resolve of this.#waiting) resolve();
      this.#waiting.clear();
    });
  }

  get last(): Container | undefined {
    return this.states.at(-1);
  }

  /** Waits until it has exited. */
  async exited(): Promise<Container> {
    while (this.last?.state !== "exited") {
      const changed = new Promise<void>((resolve) => this.#waiting.add(resolve));
      // one change after the other
      await Promise.race([changed, this.#open.advance(60_000).then(() => changed)]);
    }
    return this.last;
  }
}

/** Makes a sandbox and a container in it that runs `args`; it is not started. */
export const create = async (open: OpenRuntime, args: readonly string[], rest: Partial<ContainerConfig> = {}): Promise<Watched> => {
  const { runtime } = open;
  const image = await runtime.pull(open.image, {}, signal);
  const sandbox = await runtime.runSandbox(sandboxOf("pod-1", { handler: open.handler ?? "" }), signal);
  const watched = new Watched(open);
  watched.id = await runtime.create(
    {
      sandboxId: sandbox.id,
      name: "main",
      attempt: 0,
      imageId: image.id,
      args,
      env: [],
      mounts: [],
      ports: [],
      annotations: {},
      logPath: open.logPath("main"),
      ...rest,
    },
    signal,
  );
  return watched;
};

/** As `create`, and starts it. */
export const run = async (open: OpenRuntime, args: readonly string[], rest: Partial<ContainerConfig> = {}): Promise<Watched> => {
  const watched = await create(open, args, rest);
  const started = open.runtime.start(watched.id, signal);
  await open.advance(0);
  await started;
  return watched;
};

/** The suite. */
export const runtimeContract = (name: string, open: () => Promise<OpenRuntime>, skipped: Skipped = { reason: "", tests: [] }): void => {
  const inner = suite(`runtime contract: ${name}`, 20_000);
  const test = (what: string, body: (opened: OpenRuntime) => Promise<void>): void => {
    if (skipped.tests.includes(what)) return;
    inner(what, async () => {
      await using opened = await open();
      await body(opened);
    });
  };

  test("an image that was pulled is found by its reference and its id, until it is removed", async ({ runtime, image }) => {
    const pulled = await runtime.pull(image, {}, signal);
    assert.equal((await runtime.image(pulled.id))?.id, pulled.id);
    assert.equal((await runtime.image(image))?.id, pulled.id);
    assert.ok((await runtime.images()).some(({ id }) => id === pulled.id));
    await runtime.removeImage(pulled.id);
    assert.is(await runtime.image(pulled.id), undefined);
  });

  test("a name that is none is refused with InvalidImageName", async ({ runtime }) => {
    const error = await runtime.pull("", {}, signal).catch((cause: unknown) => cause);
    assert.instance(error, ImageError);
    assert.is((error as ImageError).reason, "InvalidImageName");
  });

  test("sandboxes have different addresses, and are listed until they are removed", async ({ runtime }) => {
    const one = await runtime.runSandbox(sandboxOf("one"), signal);
    const two = await runtime.runSandbox(sandboxOf("two"), signal);
    assert.is.not(one.id, two.id);
    assert.is.not(one.ip, two.ip);
    assert.is(one.uid, "uid-one");
    await runtime.removeSandbox(one.id);
    await runtime.removeSandbox(one.id);
    assert.equal(await runtime.sandboxes(), [two]);
  });

  test("a container of no sandbox, or of no image, cannot be created", async (opened) => {
    const noSandbox = await create(opened, ["pause"], { sandboxId: "none" }).catch((error: unknown) => error);
    assert.instance(noSandbox, ContainerError);
    const noImage = await create(opened, ["pause"], { imageId: "sha256:none" }).catch((error: unknown) => error);
    assert.is((noImage as ContainerError).reason, "CreateContainerError");
  });

  test("a container is created, runs and exits with its code, in this order", async (opened) => {
    const watched = await run(opened, ["sleep", "20", "then", "exit", "3"]);
    const exited = await watched.exited();
    assert.equal(
      watched.states.map(({ state }) => state),
      ["created", "running", "exited"],
    );
    assert.is(exited.exitCode, 3);
    assert.is(exited.reason, "Error");
    assert.ok((exited.startedAt ?? 0) >= exited.createdAt);
    assert.ok((exited.finishedAt ?? 0) >= (exited.startedAt ?? 0));
    assert.equal(await opened.runtime.containers(), [exited]);
  });

  test("a program that returns has completed", async (opened) => {
    const exited = await (await run(opened, ["print", "hello"])).exited();
    assert.is(exited.exitCode, 0);
    assert.is(exited.reason, "Completed");
  });

  test("a trap exits with 134 and says what it was", async (opened) => {
    const exited = await (await run(opened, ["trap"])).exited();
    assert.is(exited.exitCode, 134);
    assert.is(exited.message, "unreachable");
  });

  test("a program that takes more memory than its limit is killed for it", async (opened) => {
    const exited = await (await run(opened, ["grow"], { memoryLimitBytes: 4 * 1024 * 1024 })).exited();
    assert.is(exited.exitCode, 137);
    assert.is(exited.reason, "OOMKilled");
  });

  test("a guest that waits ends at once when it is asked to stop, with 143", async (opened) => {
    const watched = await run(opened, ["pause"]);
    await opened.runtime.stop(watched.id, 60_000);
    assert.is((await watched.exited()).exitCode, 143);
    await opened.runtime.stop(watched.id, 0);
  });

  test("a guest that computes is killed when its grace is over, with 137", async (opened) => {
    const watched = await run(opened, ["loop"]);
    const stopped = opened.runtime.stop(watched.id, 50);
    await opened.advance(50);
    await stopped;
    assert.is((await watched.exited()).exitCode, 137);
  });

  test("no grace means a kill", async (opened) => {
    const watched = await run(opened, ["pause"]);
    await opened.runtime.stop(watched.id, 0);
    assert.is((await watched.exited()).exitCode, 137);
  });

  test("a container that never started is gone when it is stopped", async (opened) => {
    const watched = await create(opened, ["pause"]);
    await opened.runtime.stop(watched.id, 60_000);
    assert.is(watched.last?.state, "exited");
  });

  test("what is removed is stopped first, and is listed no more", async (opened) => {
    const watched = await run(opened, ["pause"]);
    await opened.runtime.remove(watched.id);
    await opened.runtime.remove(watched.id);
    assert.is(watched.last?.state, "exited");
    assert.equal(await opened.runtime.containers(), []);
  });

  test("removing a sandbox takes its containers with it", async (opened) => {
    const watched = await run(opened, ["loop"]);
    await opened.runtime.removeSandbox(watched.last?.sandboxId ?? "");
    assert.is(watched.last?.state, "exited");
    assert.equal(await opened.runtime.containers(), []);
    assert.equal(await opened.runtime.sandboxes(), []);
  });

  test("a container runs once", async (opened) => {
    const watched = await run(opened, ["exit", "0"]);
    await watched.exited();
    const again = await opened.runtime.start(watched.id, signal).catch((error: unknown) => error);
    assert.instance(again, ContainerError);
    assert.is(watched.last?.state, "exited");
  });

  test("usage is told of what runs", async (opened) => {
    const watched = await run(opened, ["pause"]);
    const [usage, ...others] = await opened.runtime.usage();
    assert.is(usage?.id, watched.id);
    assert.equal(others, []);
    await opened.runtime.stop(watched.id, 0);
    assert.equal(await opened.runtime.usage(), []);
  });

  test("who unsubscribes hears no more", async (opened) => {
    let heard = 0;
    const stop = opened.runtime.subscribe(() => heard++);
    stop();
    await run(opened, ["exit", "0"]);
    assert.is(heard, 0);
  });
};
