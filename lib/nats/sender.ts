// The answering side of one exchange: frames go in, numbered messages come out, never more than the caller has room for. It
// knows neither NATS nor time.
//
// S1 messages carry the frames in order, and their numbers have no gaps. S2 beyond the window nothing is sent until the caller
// gives credit; frames wait here, and `write` says false.
import { type AnswerMessage, encodeAnswer, FRAME_HEADER_BYTES, MESSAGE_HEADER_BYTES } from "./stream.ts";

export type SenderOptions = {
  readonly publish: (message: Uint8Array) => void;
  /** The most bytes of one message. */
  readonly maxMessageBytes: number;
  /** The most bytes that the caller may have been sent and not yet consumed. */
  readonly windowBytes: number;
};

export class Sender {
  readonly #options: SenderOptions;
  #queue: Uint8Array[] = [];
  /** Where in the queue the next frame is, and how much of it has been sent. */
  #next = 0;
  #offset = 0;
  #queuedBytes = 0;
  #sentBytes = 0;
  #consumedBytes = 0;
  #number = 0;
  #state: "open" | "ending" | "ended" = "open";
  #status: Uint8Array | undefined;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** True when as much waits or is on its way as the caller has room for. */
  get isFull(): boolean {
    return this.#queuedBytes + this.#unconsumedBytes >= this.#options.windowBytes;
  }

  /** True when a full sender has become half empty: the time to go on. */
  get hasRoom(): boolean {
    return this.#queuedBytes + this.#unconsumedBytes <= this.#options.windowBytes / 2;
  }

  /** True when the end has been sent. */
  get isEnded(): boolean {
    return this.#state === "ended";
  }

  get #unconsumedBytes(): number {
    return this.#sentBytes - this.#consumedBytes;
  }

  /** Takes a frame; `flush` sends it. */
  write(frame: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
  }

  /** After what has been written comes the end, with a Status when it is a failure. */
  end(status?: Uint8Array): void {
    if (this.#state !== "open") return;
    this.#state = "ending";
    this.#status = status;
  }

  /** Fails at once: what has been written is dropped, and no credit is waited for. */
  cut(status: Uint8Array): void {
    if (this.#state === "ended") return;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#status = status;
    this.#sendEnd();
  }

  /** The caller has consumed so many bytes in all. The answer is whether that is more than before. */
  credit(consumedBytes: number): boolean {
    if (!(consumedBytes > this.#consumedBytes && consumedBytes <= this.#sentBytes)) return false;
    this.#consumedBytes = consumedBytes;
    return true;
  }

  /** Sends what the caller has room for. */
  flush(): void {
    while (this.#next < this.#queue.length && this.#unconsumedBytes < this.#options.windowBytes) this.#sendBatch();
    if (this.#next < this.#queue.length) return;
    this.#queue = [];
    this.#next = 0;
    if (this.#state === "ending") this.#sendEnd();
  }

  /** Sends a message without frames, so that the caller knows that nothing was lost. */
  heartbeat(): void {
    if (this.#state !== "ended") this.#send({ frames: [], continues: false, ends: false, fails: false });
  }

  #sendBatch(): void {
    const frames: Uint8Array[] = [];
    let room = this.#options.maxMessageBytes - MESSAGE_HEADER_BYTES;
    while (this.#next < this.#queue.length && room > FRAME_HEADER_BYTES) {
      const frame = (this.#queue[this.#next] as Uint8Array).subarray(this.#offset, this.#offset + room - FRAME_HEADER_BYTES);
      frames.push(frame);
      room -= FRAME_HEADER_BYTES + frame.length;
      this.#advance(frame.length);
    }
    const ends = this.#next === this.#queue.length && this.#state === "ending" && this.#status === undefined;
    if (ends) this.#state = "ended";
    this.#send({ frames, continues: this.#offset > 0, ends, fails: false });
  }

  /** The end in a message of its own: a Status is alone in its message, and whole. */
  #sendEnd(): void {
    this.#state = "ended";
    this.#send({
      frames: this.#status === undefined ? [] : [this.#status],
      continues: false,
      ends: true,
      fails: this.#status !== undefined,
    });
  }

  /** So many bytes of the next frame have been taken. */
  #advance(bytes: number): void {
    this.#queuedBytes -= bytes;
    this.#offset += bytes;
    if (this.#offset < (this.#queue[this.#next] as Uint8Array).length) return;
    this.#offset = 0;
    this.#next++;
  }

  #send(message: Omit<AnswerMessage, "number">): void {
    const bytes = encodeAnswer({ number: this.#number++, ...message });
    this.#sentBytes += bytes.length;
    this.#options.publish(bytes);
  }
}
