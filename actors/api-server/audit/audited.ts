// A handler, with everything that it answers written down.
import { ApiError } from "#api/meta/status.ts";
import type { ApiHandler, StreamSink } from "#lib/api.ts";
import type { Auditor } from "./auditor.ts";
import type { AuditTrail } from "./trail.ts";

/** The handler, with everything that it answers written down. */
export const audited = (handler: ApiHandler, auditor: Auditor): ApiHandler => ({
  handle: async (user, request, signal) => {
    const trail = auditor.begin(user, request);
    try {
      const response = await handler.handle(user, request, signal);
      trail.done({ code: response.code, body: response.body });
      return response;
    } catch (error) {
      trail.panicked(error);
      throw error;
    }
  },
  stream: (user, request, sink, signal) => handler.stream(user, request, auditedSink(sink, auditor.begin(user, request)), signal),
});

const auditedSink = (sink: StreamSink, trail: AuditTrail): StreamSink => {
  let isOpen = false;
  const open = (): void => {
    if (isOpen) return;
    isOpen = true;
    trail.started();
  };
  return {
    opened: () => {
      open();
      sink.opened?.();
    },
    write: (frame) => {
      open();
      return sink.write(frame);
    },
    drained: (signal) => sink.drained(signal),
    end: (error) => {
      trail.done({ code: error instanceof ApiError ? error.code : error === undefined ? 200 : 500 });
      sink.end(error);
    },
  };
};
