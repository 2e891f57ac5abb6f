// Probes and lifecycle hooks. upstream: pkg/apis/core/validation/validation.go (validateProbe, validateHandler)
import type { V1Container, V1HTTPGetAction, V1Lifecycle, V1LifecycleHandler, V1Probe } from "#api/generated/types.ts";
import { broken, needed, nonNegative, type Check } from "#api/meta/check.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { httpHeaderName } from "#api/meta/names.ts";
import type { PodContext } from "./context.ts";
import { portErrors } from "./validate-ports.ts";

const SCHEMES: readonly string[] = ["HTTP", "HTTPS"];

type Handler = V1Probe & V1LifecycleHandler;

function* checkHttpGet(path: string, { path: target, port, scheme, httpHeaders = [] }: V1HTTPGetAction): Check {
  yield* needed(`${path}.path`, target);
  yield* portErrors(`${path}.port`, port);
  if (scheme === undefined || !SCHEMES.includes(scheme)) yield notSupported(`${path}.scheme`, scheme ?? "", SCHEMES);
  for (const { name } of httpHeaders) yield* broken(`${path}.httpHeaders`, name, httpHeaderName(name));
}

function* checkSleep(path: string, seconds: number, { gracePeriodSeconds: grace }: PodContext): Check {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return;
  yield invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${grace})`);
}

/** How each type of handler is checked, in upstream's order. */
const TYPES: { readonly [type: string]: (path: string, handler: Handler, context: PodContext) => Check } = {
  exec: (path, { exec }) => (exec?.command === undefined || exec.command.length === 0 ? [required(`${path}.command`)] : []),
  httpGet: (path, { httpGet }) => (httpGet === undefined ? [] : checkHttpGet(path, httpGet)),
  tcpSocket: (path, { tcpSocket }) => portErrors(`${path}.port`, tcpSocket?.port),
  grpc: (path, { grpc }) => portErrors(`${path}.port`, grpc?.port),
  sleep: (path, { sleep }, context) => checkSleep(path, sleep?.seconds ?? 0, context),
};

function* checkHandler(path: string, handler: Handler, context: PodContext): Check {
  const [first, ...others] = Object.keys(TYPES).filter((type) => handler[type as keyof Handler] !== undefined);
  if (first === undefined) yield required(path, "must specify a handler type");
  else yield* TYPES[first]?.(`${path}.${first}`, handler, context) ?? [];
  for (const type of others) yield forbiddenField(`${path}.${type}`, "may not specify more than 1 handler type");
}

const COUNTS = ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] as const;

function* checkProbe(path: string, probe: V1Probe, context: PodContext): Check {
  yield* checkHandler(path, probe, context);
  for (const count of COUNTS) yield* nonNegative(`${path}.${count}`, probe[count]);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0");
}

function* checkOneSuccess(path: string, probe: V1Probe | undefined, context: PodContext): Check {
  if (probe === undefined) return;
  yield* checkProbe(path, probe, context);
  if (probe.successThreshold !== 1) yield invalidValue(`${path}.successThreshold`, probe.successThreshold ?? 0, "must be 1");
}

function* checkReadiness(path: string, probe: V1Probe | undefined, context: PodContext): Check {
  if (probe === undefined) return;
  yield* checkProbe(path, probe, context);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined) yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, "must not be set for readinessProbes");
}

function* checkLifecycle(path: string, { postStart, preStop }: V1Lifecycle, context: PodContext): Check {
  if (postStart !== undefined) yield* checkHandler(`${path}.postStart`, postStart, context);
  if (preStop !== undefined) yield* checkHandler(`${path}.preStop`, preStop, context);
}

/** Probes and hooks of a container that runs beside others. */
export function* checkHandlers(path: string, container: V1Container, context: PodContext): Check {
  if (container.lifecycle !== undefined) yield* checkLifecycle(`${path}.lifecycle`, container.lifecycle, context);
  yield* checkOneSuccess(`${path}.livenessProbe`, container.livenessProbe, context);
  yield* checkReadiness(`${path}.readinessProbe`, container.readinessProbe, context);
  yield* checkOneSuccess(`${path}.startupProbe`, container.startupProbe, context);
}
