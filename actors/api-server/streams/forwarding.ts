// One connection of a client to one port of a pod, whatever carries it.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { dialError } from "#lib/dial-error.ts";

/** Where a pod's port really is, and whose it is. */
export type PodPort = {
  readonly host: string;
  readonly realPort: number;
  readonly port: number;
  readonly pod: string;
  readonly uid: string;
};

/** Throws: Error in upstream's words. */
const dial = async ({ host, realPort, port, pod, uid }: PodPort): Promise<Socket> => {
  const socket = connect({ host, port: realPort, allowHalfOpen: true, noDelay: true });
  try {
    await once(socket, "connect");
    return socket;
  } catch (error) {
    const why = dialError(host, realPort, error as NodeJS.ErrnoException).message;
    throw new Error(`error forwarding port ${port} to pod ${pod}, uid ${uid}: ${why}`, { cause: error });
  }
};

/** Carries bytes both ways until both have ended. Throws: Error when the port does not listen. */
export const forwardTo = async (port: PodPort, client: Duplex): Promise<void> => {
  const socket = await dial(port);
  await pipeline(client, socket, client).catch(() => undefined); // whoever broke it knows
  socket.destroy();
};
