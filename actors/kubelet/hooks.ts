// HOW postStart and preStop hooks are run. upstream: pkg/kubelet/lifecycle/handlers.go
import type { V1LifecycleHandler } from "#api/generated/types.ts";
import { sleep, type Clock } from "#lib/clock.ts";
import type { PodServices, ProbeTarget } from "./pod/services.ts";
import { EXEC_UNSUPPORTED, httpAsk } from "./probe/ask.ts";
import type { ProbeIo } from "./probe/io.ts";

export type HooksPorts = { readonly clock: Clock; readonly io: ProbeIo; readonly agent: string };

const run = async (ports: HooksPorts, hook: V1LifecycleHandler | undefined, target: ProbeTarget, signal: AbortSignal): Promise<void> => {
  if (hook?.sleep !== undefined) return sleep(ports.clock, hook.sleep.seconds * 1000, signal);
  if (hook?.exec !== undefined) throw new Error(EXEC_UNSUPPORTED);
  if (hook?.httpGet === undefined) return undefined; // tcpSocket does nothing upstream either
  const ask = httpAsk(hook.httpGet, target.container.spec, target.ip, ports.agent);
  if (ask.ask !== "http") throw new Error(ask.ask === "nothing" ? ask.why : "not an HTTP request");
  await ports.io.http(ask.request, signal); // any answer will do
  return undefined;
};

/** Runs hooks. Each throws when it fails. */
export const hooks = (ports: HooksPorts): PodServices["hooks"] => ({
  postStart: (target, signal) => run(ports, target.container.spec.lifecycle?.postStart, target, signal),
  preStop: (target, signal) => run(ports, target.container.spec.lifecycle?.preStop, target, signal),
});
