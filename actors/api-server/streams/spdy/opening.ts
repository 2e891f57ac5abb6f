// How a client's connection becomes one of SPDY. upstream: apimachinery/pkg/util/httpstream/{httpstream,spdy/upgrade}.go
import type { Duplex } from "node:stream";
import { badRequest, failure } from "#api/meta/status.ts";
import type { Exchange } from "../../https/exchange.ts";

const HEADER = "X-Stream-Protocol-Version";

/** What is spoken over SPDY: the first of the client's protocols that is known here. Throws: BadRequest, Forbidden. */
export const agreeOnSpdy = (exchange: Exchange, spoken: readonly string[]): string => {
  if (exchange.header("upgrade")?.toUpperCase() !== "SPDY/3.1") throw badRequest("Upgrade request required");
  const offered = (exchange.header(HEADER.toLowerCase()) ?? "").split(",").map((one) => one.trim());
  const found = offered.find((one) => spoken.includes(one));
  if (found !== undefined) return found;
  const why = `client supports [${offered.join(" ")}], server accepts [${spoken.join(" ")}]`;
  throw failure("Forbidden", `unable to upgrade: unable to negotiate protocol: ${why}`);
};

/** Makes the client's connection one of SPDY. */
export const openSpdy = (exchange: Exchange, protocol: string): Duplex => {
  const connection = exchange.takeOver();
  const lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: SPDY/3.1", `${HEADER}: ${protocol}`];
  connection.write(`${lines.join("\r\n")}\r\n\r\n`);
  return connection;
};
