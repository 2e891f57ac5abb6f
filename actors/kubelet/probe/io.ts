// HOW a container is asked whether it is well: one HTTP request, one connection, one gRPC health check. It only asks; what an
// answer means is decided elsewhere. Errors read as Go's net package writes them, since users compare.

/** One HTTP request of a probe or a hook. */
export type HttpRequest = {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
};

/** The port for asking. A call that `signal` ends throws. */
export interface ProbeIo {
  /** The answer, its body cut off. Redirects are answers. Throws: when none came. */
  http(request: HttpRequest, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }>;
  /** Resolves when a connection was made. Throws: when none was. */
  tcp(host: string, port: number, signal: AbortSignal): Promise<void>;
  /** The health of `service`, in the words of grpc.health.v1. Throws: when there was no answer. */
  grpc(host: string, port: number, service: string, signal: AbortSignal): Promise<string>;
}
