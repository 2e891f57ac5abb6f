// The calling side of one exchange: messages come in, whole frames go out in order. It knows neither NATS nor time.
//
// V1 every frame is given once, in order, or the exchange fails. V2 after each quarter of a window consumed, credit is due.
import { decodeAnswer } from "./stream.ts";

/** What a message meant. `gap`: messages before it were lost. On `failed`, `status` is the failure's. */
export type Received = { readonly is: "open" | "ended" | "gap" } | { readonly is: "failed"; readonly status: Uint8Array };

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
};

export class Receiver {
  readonly #onFrame: (frame: Uint8Array) => unknown;
  readonly #creditEveryBytes: number;
  #next = 0;
  #parts: Uint8Array[] = [];
  #taking: Promise<unknown> | undefined;
  #consumedBytes = 0;
  #creditedBytes = 0;

  constructor(windowBytes: number, onFrame: (frame: Uint8Array) => unknown) {
    this.#onFrame = onFrame;
    this.#creditEveryBytes = windowBytes / 4;
  }

  /** Gives the message's frames. Throws: what `onFrame` throws; RangeError for what is no message. */
  receive(data: Uint8Array): Received {
    const { number, ends, fails, frames, continues } = decodeAnswer(data);
    if (number !== this.#next) return { is: "gap" };
    this.#next++;
    if (fails) return { is: "failed", status: frames[0] ?? new Uint8Array() };
    for (const [place, frame] of frames.entries()) {
      if (continues && place === frames.length - 1) this.#parts.push(frame);
      else this.#give(this.#whole(frame));
    }
    this.#consumedBytes += data.length;
    return { is: ends ? "ended" : "open" };
  }

  /** Settles when every frame has been taken that took its time; undefined: none did. */
  get taking(): Promise<unknown> | undefined {
    return this.#taking;
  }

  /** The bytes consumed, when it is time to say so. */
  creditDue(): number | undefined {
    if (this.#consumedBytes - this.#creditedBytes < this.#creditEveryBytes) return undefined;
    this.#creditedBytes = this.#consumedBytes;
    return this.#consumedBytes;
  }

  #give(frame: Uint8Array): void {
    const taking = this.#onFrame(frame);
    if (!(taking instanceof Promise)) return;
    this.#taking = Promise.all([this.#taking, taking]).then(() => undefined);
    this.#taking.catch(() => undefined); // whoever waits for it is told
  }

  #whole(frame: Uint8Array): Uint8Array {
    if (this.#parts.length === 0) return frame;
    const whole = join([...this.#parts, frame]);
    this.#parts = [];
    return whole;
  }
}
