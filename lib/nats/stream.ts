// What goes over the wire in an exchange. Pure.
//
// The opening message:    u32 length of the head, the head (JSON), the body (bytes as they are)
// Every answering message: u8 flags, u32 number, frames; a frame is u32 length and bytes, and the length's highest bit says
//                          that the frame goes on in the next message. A message without frames is a heartbeat.
// Every flow message:      u8 what; for credit also f64, the bytes of answering messages consumed so far.
// Numbers count up from 0 without gaps; integers are big-endian.

/** An opening message's head, and its body. */
export type Opening = { readonly head: unknown; readonly body: Uint8Array };

/** One answering message. `continues`: the last frame goes on in the next message. */
export type AnswerMessage = {
  readonly number: number;
  readonly ends: boolean;
  /** The only frame is a Status, why the exchange failed. Parts of a frame that came before it are void. */
  readonly fails: boolean;
  readonly frames: readonly Uint8Array[];
  readonly continues: boolean;
};

/** What a caller says while it is answered. `probe` only asks whether anybody is there. */
export type FlowMessage = { readonly what: "cancel" | "probe" } | { readonly what: "credit"; readonly consumedBytes: number };

/** Bytes before the first frame, and before each frame's own. */
export const MESSAGE_HEADER_BYTES = 5;
export const FRAME_HEADER_BYTES = 4;

const ENDS = 1;
const FAILS = 2;
const CONTINUES = 0x8000_0000;
const LENGTH = 0x7fff_ffff;
const CREDIT = 1;
const CANCEL = 2;
const PROBE = 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
/** Throws: when the bytes are no JSON. */
export const decodeJson = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));

/** An opening message. */
export const encodeOpening = (head: unknown, body: Uint8Array | undefined): Uint8Array => {
  const json = encodeJson(head);
  const message = new Uint8Array(4 + json.length + (body?.length ?? 0));
  viewOf(message).setUint32(0, json.length);
  message.set(json, 4);
  if (body !== undefined) message.set(body, 4 + json.length);
  return message;
};

/** Throws: when it is no opening message. */
export const decodeOpening = (message: Uint8Array): Opening => {
  const bodyAt = 4 + viewOf(message).getUint32(0);
  if (bodyAt > message.length) throw new RangeError("the head is longer than the message");
  return { head: decodeJson(message.subarray(4, bodyAt)), body: message.subarray(bodyAt) };
};

/** An answering message. */
export const encodeAnswer = ({ number, ends, fails, frames, continues }: AnswerMessage): Uint8Array => {
  let length = MESSAGE_HEADER_BYTES;
  for (const frame of frames) length += FRAME_HEADER_BYTES + frame.length;
  const message = new Uint8Array(length);
  const view = viewOf(message);
  message[0] = (ends ? ENDS : 0) | (fails ? FAILS : 0);
  view.setUint32(1, number);
  let at = MESSAGE_HEADER_BYTES;
  for (const [place, frame] of frames.entries()) {
    const goesOn = continues && place === frames.length - 1;
    view.setUint32(at, goesOn ? frame.length + CONTINUES : frame.length);
    message.set(frame, at + FRAME_HEADER_BYTES);
    at += FRAME_HEADER_BYTES + frame.length;
  }
  return message;
};

/** The frames are parts of `message`, not copies. Throws: RangeError when it is no answering message. */
export const decodeAnswer = (message: Uint8Array): AnswerMessage => {
  const view = viewOf(message);
  const flags = view.getUint8(0);
  const number = view.getUint32(1);
  const frames: Uint8Array[] = [];
  let continues = false;
  for (let at = MESSAGE_HEADER_BYTES; at < message.length;) {
    const header = view.getUint32(at);
    const end = at + FRAME_HEADER_BYTES + (header & LENGTH);
    if (end > message.length) throw new RangeError("a frame is longer than its message");
    frames.push(message.subarray(at + FRAME_HEADER_BYTES, end));
    continues = header >= CONTINUES;
    at = end;
  }
  return { number, ends: (flags & ENDS) !== 0, fails: (flags & FAILS) !== 0, frames, continues };
};

/** True for the last answering message of an exchange. */
export const endsExchange = (message: Uint8Array): boolean => ((message[0] ?? 0) & ENDS) !== 0;

/** A flow message. */
export const encodeFlow = (flow: FlowMessage): Uint8Array => {
  if (flow.what !== "credit") return Uint8Array.of(flow.what === "cancel" ? CANCEL : PROBE);
  const message = new Uint8Array(9);
  message[0] = CREDIT;
  viewOf(message).setFloat64(1, flow.consumedBytes);
  return message;
};

/** Undefined for what is no flow message. */
export const decodeFlow = (message: Uint8Array): FlowMessage | undefined => {
  if (message[0] === CREDIT && message.length === 9) return { what: "credit", consumedBytes: viewOf(message).getFloat64(1) };
  if (message[0] === CANCEL) return { what: "cancel" };
  return message[0] === PROBE ? { what: "probe" } : undefined;
};
