// An instance of a component that answers HTTP requests, one after the other.
import type { ComponentFunction } from "#runtime/wasi/component/functions.ts";
import type { IncomingRequest } from "#runtime/wasi/http/requests.ts";
import type { ResponseOut } from "#runtime/wasi/http/responses.ts";
import { GuestEnds } from "#runtime/wasi/preview2/result.ts";
import type { Account } from "./account.ts";
import type { ComponentHost } from "./component-host.ts";
import { ComponentInstance } from "./component-instance.ts";
import { HTTP_HANDLER } from "./component-kind.ts";
import type { Snapshot } from "./instance-state.ts";
import { StackLedger } from "./serve-ledger.ts";
import { Turns } from "./turns.ts";
import type { ReadyComponent } from "./unpack.ts";

/** What instances are made of. */
export type ServingOptions = {
  readonly program: ReadyComponent;
  readonly host: ComponentHost;
  readonly account: Account;
  /** Called before code of the component runs that could wait for ever. */
  readonly starts: () => void;
  /** An instance's memory has grown, or it is new. */
  readonly grew: (bytes: number) => void;
};

type Handle = (request: IncomingRequest, out: ResponseOut) => Promise<unknown>;

/** An instance for requests. */
export class ServingInstance {
  readonly #ledger: StackLedger;
  readonly #turns: Turns;
  readonly #program: ServingOptions["program"];
  readonly #grew: ServingOptions["grew"];
  #instance: ComponentInstance | undefined;
  #handle: Handle | undefined;
  #memoryBytes = 0;

  private constructor({ account, program, grew }: ServingOptions) {
    this.#program = program;
    this.#grew = grew;
    this.#ledger = new StackLedger(account, () => this.#measure());
    this.#turns = new Turns(this.#ledger);
  }

  /** Rejects: ComponentTrap, WebAssembly errors. */
  static async open(options: ServingOptions): Promise<ServingInstance> {
    const instance = new ServingInstance(options);
    await instance.#open(options);
    return instance;
  }

  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Whether it was refused memory at some time. */
  get wasRefusedMemory(): boolean {
    return this.#instance?.wasRefusedMemory ?? false;
  }

  /** Whether it was ended from outside, or ended itself. */
  get hasEnded(): boolean {
    return this.#ledger.asked !== "nothing" || this.#ledger.code !== undefined;
  }

  /** Answers a request. The answer says why it failed; then the instance is of no use any more. */
  async handle(request: IncomingRequest, out: ResponseOut): Promise<Error | undefined> {
    this.#turns.begin();
    try {
      if (this.#ledger.debtMs > 0 && !(await this.#turns.wait(0, []))) throw new GuestEnds();
      await this.#handle?.(request, out);
      return undefined;
    } catch (error) {
      return error as Error;
    } finally {
      this.#turns.end();
    }
  }

  /** What it keeps now, if that can be put back. */
  snapshot(): Snapshot | undefined {
    return this.#instance?.snapshot(this.#program);
  }

  /** Puts back what it kept. False: it must not be called any more. */
  restore(snapshot: Snapshot): boolean {
    this.#turns.begin();
    const isRestored = this.#instance?.restore(snapshot) ?? false;
    this.#turns.end();
    return isRestored;
  }

  /** Ends what it is doing. */
  cancel(): void {
    this.#ledger.cancel();
  }

  /** Lets go of it. */
  close(): void {
    this.#instance?.close();
    this.#instance = undefined;
    this.#measure();
  }

  async #open({ program, host, starts }: ServingOptions): Promise<void> {
    const turns = this.#turns;
    turns.begin();
    try {
      this.#instance = await ComponentInstance.open(program, { turns, interfaces: host.interfaces(turns), starts });
    } finally {
      turns.end();
    }
    const { body } = this.#instance.find(HTTP_HANDLER, "handle") as ComponentFunction;
    this.#handle = (body as unknown as { readonly suspends: Handle }).suspends;
  }

  #measure(): void {
    const bytes = this.#instance?.memoryBytes ?? 0;
    if (bytes !== this.#memoryBytes) this.#grew(bytes - this.#memoryBytes);
    this.#memoryBytes = bytes;
  }
}
