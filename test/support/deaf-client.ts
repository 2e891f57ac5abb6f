// A component that is late: it may write and read, but its watches have fallen silent.
import { Client } from "#lib/client.ts";

/** A client that hears nothing new of a resource from some moment on. */
export const deafTo = ({ transport }: Client, resource: string): { readonly client: Client; readonly deafen: () => void } => {
  let isDeaf = false;
  const client = new Client({
    request: (request, signal) => transport.request(request, signal),
    stream: (request, onFrame, signal) =>
      transport.stream(request, (frame) => void ((isDeaf && request.resource === resource) || onFrame(frame)), signal),
    close: () => transport.close(),
  });
  return { client, deafen: () => (isDeaf = true) };
};
