import type { Definition } from "#actors/cluster/definition.ts";
import type { Layout } from "#actors/cluster/layout.ts";

export const makeAddons = async (_layout: Layout, _definition: Definition, _signal: AbortSignal): Promise<void> => undefined;
export const awaitReady = async (_layout: Layout, _definition: Definition, _signal: AbortSignal): Promise<void> => undefined;
