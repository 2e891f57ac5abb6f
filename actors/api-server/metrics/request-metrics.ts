// The port through which the HTTPS front tells of requests.
import type { ApiRequest } from "#lib/api.ts";

type Place = "group" | "version" | "resource" | "subresource" | "namespace" | "name";

/** What a request is about; undefined for a path that is no resource. */
export type Counted = Pick<ApiRequest, "verb" | Place | "options" | "contentType">;

export interface RequestMetrics {
  /** Called when a request is understood; the answer is called when it is answered. */
  begin(request: Counted, isLong: boolean): (code: number, sentBytes: number) => void;
}
