// Compiled code is kept from one start to the next: half of what a first start would compute. It lies in the package, where
// `npm ci` fills it, so the first start of a new cluster is as quick as any other. Where it cannot be written, Node goes without.
import { enableCompileCache } from "node:module";
import { join } from "node:path";

/** Where the cache lies. As NODE_COMPILE_CACHE in the environment it serves a process from its first file on. */
export const COMPILE_CACHE_DIR = process.env["NODE_COMPILE_CACHE"] ?? join(import.meta.dirname, "..", "node_modules", ".cache", "orrery");

/** Uses the cache for every module that this process imports from now on. */
export const useCompileCache = (): void => void enableCompileCache(COMPILE_CACHE_DIR);
