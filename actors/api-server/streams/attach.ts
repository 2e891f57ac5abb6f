// pods/attach: what a container writes while it runs. Guests read nothing from outside: what a client writes is taken and
// leads nowhere. upstream: pkg/registry/core/pod/rest/subresources.go, kubelet/pkg/cri/streaming/remotecommand/attach.go
import { badRequest } from "#api/meta/status.ts";
import type { KubeObject } from "#api/meta/object.ts";
import type { AttachRequest } from "#lib/node-api.ts";
import type { Exchange } from "../https/exchange.ts";
import { containerOf } from "../subresources/container-of.ts";
import { nodeOf, podOf, type PodRef, type StreamPorts } from "./ports.ts";
import { MAX_WAITING_BYTES } from "./channels.ts";
import { carrierFor, ERROR, STDOUT, type Carrier, type Wanted } from "./remote-command.ts";

/** upstream: PodAttachOptions */
type Options = KubeObject & Wanted & { readonly container?: string };

/** The node's word that the container runs. */
const ATTACHED = 0;

const encoder = new TextEncoder();

/** Where what a container writes goes; undefined: nowhere, or the client does not want it. What a terminal shows is one stream. */
const channelOf = (stream: number, { stdout, stderr, tty }: Options): number | undefined => {
  if (stream === ATTACHED) return undefined;
  if (tty === true) return stdout === true ? STDOUT : undefined;
  return (stream === STDOUT ? stdout : stderr) === true ? stream : undefined;
};

/** Streams a container's output to the client. Throws: NotFound, BadRequest, what the node says. */
export const attach = async (ports: StreamPorts, exchange: Exchange, ref: PodRef, options: Options): Promise<void> => {
  const pod = podOf(ports, ref);
  const container = containerOf(pod, options.container);
  const node = nodeOf(pod);
  const open = carrierFor(ports.clock, exchange, options);
  if (![options.stdin, options.stdout, options.stderr].includes(true)) {
    throw badRequest("you must specify at least 1 of stdin, stdout, stderr");
  }
  const request: AttachRequest = { what: "attach", namespace: ref.namespace, pod: ref.name, container };
  const attachment = new Attachment(open, (stream) => channelOf(stream, options));
  await attachment.run((onFrame, signal) => ports.nodes.stream(node, request, onFrame, AbortSignal.any([signal, exchange.gone])));
};

type Streaming = (onFrame: (frame: Uint8Array) => void, signal: AbortSignal) => Promise<void>;

/** One client at one container. The client's connection changes once the node says that the container runs. */
class Attachment {
  readonly #open: () => Promise<Carrier>;
  readonly #channelOf: (stream: number) => number | undefined;
  readonly #over = new AbortController();
  #carrier: Promise<Carrier> | undefined;
  /** Of frames that came before the client was ready. */
  #waitingBytes = 0;

  constructor(open: () => Promise<Carrier>, channel: (stream: number) => number | undefined) {
    this.#open = open;
    this.#channelOf = channel;
  }

  async run(stream: Streaming): Promise<void> {
    const error = await stream((frame) => this.#take(frame), this.#over.signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (this.#carrier === undefined) throw error ?? badRequest("the container does not run");
    end(await this.#carrier, error);
  }

  /** Frames come in order and so are sent, though the first ones have to wait for the connection. */
  #take(frame: Uint8Array): void {
    this.#carrier ??= this.#begin();
    const channel = this.#channelOf(frame[0] ?? ATTACHED);
    if (channel === undefined) return;
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) return this.#tooSlow();
    this.#carrier.then(
      (carrier) => {
        this.#waitingBytes -= frame.length;
        if (!carrier.send(channel, frame.subarray(1))) this.#tooSlow();
      },
      () => undefined,
    );
  }

  #tooSlow(): void {
    this.#over.abort(new Error("the client does not keep up"));
  }

  #begin(): Promise<Carrier> {
    const carrier = this.#open();
    carrier.then(
      ({ closed }) => void closed.then(() => this.#over.abort(new Error("the client has left"))),
      (error: unknown) => this.#over.abort(error),
    );
    return carrier;
  }
}

/** What the fourth protocol and later ones say at the end is a Status. upstream: v4WriteStatusFunc */
const end = (carrier: Carrier, error: unknown): void => {
  const why = error instanceof Error ? `error attaching to container: ${error.message}` : "";
  const status = why === "" ? { status: "Success" } : { status: "Failure", message: why, reason: "InternalError", code: 500 };
  if (/^v[45]/.test(carrier.protocol)) carrier.send(ERROR, encoder.encode(JSON.stringify({ metadata: {}, ...status })));
  else if (why !== "") carrier.send(ERROR, encoder.encode(why));
  carrier.close();
};
