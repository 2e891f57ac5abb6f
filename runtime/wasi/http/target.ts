// Where an outgoing request goes. Pure.
import { parseIp } from "#api/meta/ip.ts";
import { err, ok, type Result } from "#runtime/wasi/preview2/result.ts";
import type { ErrorCode } from "./error-code.ts";

/** A host and its port as the guest names them. */
export type Target = {
  readonly isSecure: boolean;
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly isName: boolean;
  readonly port: number;
  /** The host header. */
  readonly authority: string;
};

const AUTHORITY = /^(?:[^@]*@)?((?:\[([^\]]*)\]|([^:]+))(?::(\d{0,5}))?)$/;
const MOST_PORT = 65_535;
const DEFAULT_PORT = { http: 80, https: 443 } as const;

type Asked = { readonly scheme: { readonly tag: string } | undefined; readonly authority: string | undefined };

const portOf = (text: string | undefined, isSecure: boolean): number =>
  text === undefined || text === "" ? DEFAULT_PORT[isSecure ? "https" : "http"] : Number(text);

const read = (asked: string): { readonly authority: string; readonly host: string; readonly port: string | undefined } => {
  const [, authority = "", literal, name, port] = AUTHORITY.exec(asked) ?? [];
  return { authority, host: literal ?? name ?? "", port };
};

/** The target of a request; without a scheme it is HTTPS. reference: wasmtime-wasi-http outgoing-handler */
export const targetOf = ({ scheme, authority: asked }: Asked): Result<Target, ErrorCode> => {
  if (scheme?.tag === "other") return err({ tag: "HTTP-protocol-error" });
  const isSecure = scheme?.tag !== "HTTP";
  const { authority, host, port: text } = read(asked ?? "");
  const port = portOf(text, isSecure);
  if (host === "" || port > MOST_PORT) return err({ tag: "HTTP-request-URI-invalid" });
  return ok({ isSecure, host, isName: parseIp(host) === undefined, port, authority });
};
