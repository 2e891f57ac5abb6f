// Faults that are no weather but wrong code: a part that breaks its promise. They come in by ports, and exist to show that who
// watches an invariant would see it broken.
import type { Guards } from "#actors/api-server/ports.ts";
import type { MemoryContent } from "#actors/store/memory.ts";
import type { ApiHandler, ApiTransport, User } from "#lib/api.ts";
import type { Store } from "#lib/store.ts";

/** What stands in the place of an honest part. */
export type Sabotage = {
  /** The store as the API server gets it, over what is really kept. */
  readonly store?: (store: Store, content: MemoryContent) => Store;
  /** Who decides what users may do. */
  readonly guards?: (guards: Guards) => Guards;
  /** The API server as its clients reach it, over what is really kept. */
  readonly server?: (server: ApiHandler, content: MemoryContent) => ApiHandler;
  /** A user's way to the API server, as the code of its process sees it. */
  readonly transport?: (transport: ApiTransport, user: User) => ApiTransport;
};
