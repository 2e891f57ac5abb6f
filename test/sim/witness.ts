// What processes were told, held against what happened: writes by write-check.ts (S1, A3), reads by read-check.ts (S1),
// watches by watch-check.ts (S3).
import type { ApiResponse } from "#lib/api.ts";
import type { History } from "./history.ts";
import { ReadCheck } from "./read-check.ts";
import { WatchCheck } from "./watch-check.ts";
import { Violation, type Tap } from "./world.ts";
import { wrongOfWrite } from "./write-check.ts";

/** A tap on every process. */
export const witness = (history: History, violated: (violation: Violation) => void): Tap => {
  const reads = new ReadCheck(history);
  return (process, transport) => ({
    request: async (request, signal): Promise<ApiResponse> => {
      const wrongOfRead = reads.begin(request);
      const response = await transport.request(request, signal);
      const wrong = wrongOfWrite(history, request, response) ?? wrongOfRead(response);
      if (wrong !== undefined) violated(new Violation(wrong.invariant, `${process} ${wrong.what}`));
      return response;
    },
    stream: (request, onFrame, signal) => {
      if (request.verb !== "watch") return transport.stream(request, onFrame, signal);
      const check = new WatchCheck(history, request);
      const checked = (bytes: Uint8Array): void => {
        const wrong = check.frame(bytes);
        if (wrong !== undefined) violated(new Violation("S3", `${process} ${wrong}`));
        onFrame(bytes);
      };
      return transport.stream(request, checked, signal);
    },
    close: () => transport.close(),
  });
};
