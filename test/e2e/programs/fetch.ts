// Fetches URLs and prints what they answered, as a JSON list of texts: `fetch.ts URL…`. Not by fetch(): it refuses port
// 10080, which is where port 80 of a Service is without privileges.
import { get } from "node:http";
import { text } from "node:stream/consumers";

const TIMEOUT_MS = 5_000;

const textOf = (url: string): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>();
  get(url, { agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) }, (response) => resolve(text(response))).once("error", (error) =>
    resolve(`error: ${error.message}`),
  );
  return promise;
};
process.stdout.write(JSON.stringify(await Promise.all(process.argv.slice(2).map(textOf))));
