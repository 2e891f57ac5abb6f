// A request to the API server as the administrator, byte for byte as given: what kubectl would not send.
import { readFileSync } from "node:fs";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import type { V1Status } from "#api/generated/types.ts";
import type { TestCluster } from "./cluster.ts";

/** An answer's code and its Status. */
export type Answer = { readonly code: number; readonly status: V1Status };

/** Posts a body of this media type. */
export const post = ({ data, ports }: TestCluster, path: string, type: string, body: string | Uint8Array): Promise<Answer> => {
  const pem = (name: string): Buffer => readFileSync(join(data, "pki", name));
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const credentials = { ca: pem("ca.crt"), cert: pem("admin.crt"), key: pem("admin.key") };
  const headers = { "Content-Type": type };
  const sent = request({ host: "127.0.0.1", port: ports.api, path, method: "POST", agent: false, headers, ...credentials });
  sent.once("error", reject);
  sent.once("response", (response) => {
    text(response).then((answer) => resolve({ code: response.statusCode ?? 0, status: JSON.parse(answer) as V1Status }), reject);
  });
  sent.end(body);
  return promise;
};
