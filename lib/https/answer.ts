import { once } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";

/** Sends a request with its body and waits for the head of the answer. Throws: what kept it from coming. */
export const answerTo = async (sent: ClientRequest, body: Uint8Array | string | undefined): Promise<IncomingMessage> => {
  const answered = once(sent, "response");
  sent.on("error", () => undefined); // an error after the answer ends its body too, which tells of it
  sent.end(body);
  const [response] = (await answered) as [IncomingMessage];
  return response;
};
