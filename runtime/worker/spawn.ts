// Starting a worker thread cheaply: what Node compiled of its TypeScript is kept in a directory, so a thread neither strips
// types nor compiles again. Without that a thread costs twice the memory (the stripper is loaded into each) and four times
// the time. The cache has to be on before the first import, hence the few words of JavaScript.
import { Worker, type WorkerOptions } from "node:worker_threads";

const START = `
const { workerData } = require("node:worker_threads");
const { enableCompileCache, flushCompileCache } = require("node:module");
enableCompileCache(workerData.cacheDir);
void import(workerData.entry).then(() => flushCompileCache());
`;

/** Starts a thread that imports the module `entry`. It does not keep the process alive. */
export const spawn = (entry: URL, cacheDir: string, options: WorkerOptions = {}): Worker => {
  const worker = new Worker(START, { ...options, eval: true, env: {}, workerData: { entry: entry.href, cacheDir } });
  worker.unref();
  return worker;
};
