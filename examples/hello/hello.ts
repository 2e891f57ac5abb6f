// Says what it was given, then shows every few seconds that it lives. Greeting and audience come from a ConfigMap, the
// token from a Secret, the message of the day from a ConfigMap that is mounted as a directory.
import { env, now, print, readText, sleep } from "../wasi/preview1";

const PERIOD_MS: u64 = 5000;

export function _start(): void {
  const greeting = env("GREETING", "Hello");
  const audience = env("AUDIENCE", "world");
  const pod = env("POD_NAME", env("HOSTNAME", "somewhere"));
  print(greeting + ", " + audience + ", from " + pod);
  print("a token of " + env("TOKEN", "").length.toString() + " letters was given");
  const motd = readText("/etc/hello/motd");
  print(motd == "" ? "no message of the day is mounted" : "message of the day: " + motd.trim());
  const startedAt = now(1);
  while (true) {
    sleep(PERIOD_MS);
    print(greeting + " again, after " + ((now(1) - startedAt) / 1000000000).toString() + " s");
  }
}
