// The admission plugins in the order in which they run. upstream: pkg/kubeapiserver/options/plugins.go
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import type { Plugin } from "./plugin.ts";

export const plugins: readonly Plugin[] = [namespaceLifecycle];
