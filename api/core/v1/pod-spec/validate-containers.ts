// Containers, init containers and ephemeral containers.
// upstream: pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers, validateEphemeralContainers)
import type {
  V1Container,
  V1ContainerResizePolicy,
  V1ContainerRestartRuleOnExitCodes,
  V1EphemeralContainer,
  V1PodSpec,
} from "#api/generated/types.ts";
import { each, isEmpty, needed, neededAs, neededOneOf, oneOf, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, required, tooMany, valueNotFound } from "#api/meta/field-error.ts";
import { dns1123Label } from "#api/meta/names.ts";
import { isSidecar } from "../pod-resources.ts";
import type { PodContext } from "./context.ts";
import { checkEnv, checkEnvFrom } from "./validate-env.ts";
import { checkHandlers } from "./validate-handlers.ts";
import { checkDevices, checkMounts } from "./validate-mounts.ts";
import { checkHostPorts, checkPorts } from "./validate-ports.ts";
import { checkContainerResources } from "./validate-resources.ts";
import { checkContainerSecurity } from "./validate-security.ts";

const PULL_POLICIES: readonly string[] = ["Always", "IfNotPresent", "Never"];
const MESSAGE_POLICIES: readonly string[] = ["File", "FallbackToLogsOnError"];
const RESTART_POLICIES: readonly string[] = ["Always", "Never", "OnFailure"];
const RESTART_ACTIONS: readonly string[] = ["Restart", "RestartAllContainers"];
const MAX_RESTART_RULES = 20;
const MAX_EXIT_CODES = 255;

type AnyContainer = V1Container | V1EphemeralContainer;

function* checkResizePolicy(path: string, policies: readonly V1ContainerResizePolicy[], context: PodContext): Check {
  const seen = new Set<string>();
  for (const [{ resourceName, restartPolicy }, at] of each(path, policies)) {
    if (seen.has(resourceName)) yield duplicate(at, resourceName);
    seen.add(resourceName);
    yield* neededOneOf(path, resourceName, ["cpu", "memory"]);
    yield* neededOneOf(path, restartPolicy, ["NotRequired", "RestartContainer"]);
    if (context.restartPolicy === "Never" && restartPolicy !== "NotRequired") {
      yield invalidValue(path, restartPolicy ?? "", "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

/** What holds for a container of any list. upstream: validateContainerCommon */
function* checkCommon(path: string, container: AnyContainer, context: PodContext): Check {
  yield* neededAs(`${path}.name`, container.name, dns1123Label);
  yield* needed(`${path}.image`, container.image);
  yield* neededOneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, MESSAGE_POLICIES);
  yield* checkPorts(`${path}.ports`, container.ports);
  yield* checkEnv(`${path}.env`, container.env, context);
  yield* checkEnvFrom(`${path}.envFrom`, container.envFrom);
  yield* checkMounts(`${path}.volumeMounts`, container, context);
  yield* checkDevices(`${path}.volumeDevices`, container, context);
  yield* neededOneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, PULL_POLICIES);
  yield* checkContainerResources(`${path}.resources`, container.resources ?? {}, context);
  yield* checkResizePolicy(`${path}.resizePolicy`, container.resizePolicy ?? [], context);
  yield* checkContainerSecurity(`${path}.securityContext`, container, context);
}

function* checkExitCodes(path: string, { operator, values = [] }: V1ContainerRestartRuleOnExitCodes): Check {
  yield* oneOf(`${path}.operator`, operator ?? "", ["In", "NotIn"]);
  if (values.length > MAX_EXIT_CODES) yield tooMany(`${path}.values`, values.length, MAX_EXIT_CODES);
}

function* checkRestartRules(path: string, { restartPolicy, restartPolicyRules: rules = [] }: V1Container): Check {
  yield* oneOf(`${path}.restartPolicy`, restartPolicy, RESTART_POLICIES);
  if (rules.length > 0 && restartPolicy === undefined) {
    yield required(`${path}.restartPolicy`, "must specify restartPolicy when restart rules are used");
  }
  if (rules.length > MAX_RESTART_RULES) yield tooMany(`${path}.restartPolicyRules`, rules.length, MAX_RESTART_RULES);
  for (const [{ action, exitCodes }, at] of each(`${path}.restartPolicyRules`, rules)) {
    yield* oneOf(`${at}.action`, action ?? "", RESTART_ACTIONS);
    if (exitCodes === undefined) yield required(`${at}.exitCodes`, "must be specified");
    else yield* checkExitCodes(`${at}.exitCodes`, exitCodes);
  }
}

/** The containers proper: at least one, each with a name of its own. */
export function* checkContainers(path: string, { containers }: V1PodSpec, context: PodContext): Check {
  if (containers === undefined || containers.length === 0) yield required(path);
  const names = new Set<string>();
  for (const [container, at] of each(path, containers)) {
    yield* checkCommon(at, container, context);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    names.add(container.name);
    yield* checkHandlers(at, container, context);
    yield* checkRestartRules(at, container);
  }
  yield* checkHostPorts(path, containers);
}

const HANDLERS = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const;

function* checkNoHandlers(path: string, container: V1Container): Check {
  for (const handler of HANDLERS) {
    if (container[handler] === undefined) continue;
    yield forbiddenField(`${path}.${handler}`, "may not be set for init containers without restartPolicy=Always");
  }
}

/** Init containers: probes and hooks are for sidecars only. */
export function* checkInitContainers(path: string, spec: V1PodSpec, context: PodContext): Check {
  const names = new Set((spec.containers ?? []).map(({ name }) => name));
  for (const [container, at] of each(path, spec.initContainers)) {
    yield* checkCommon(at, container, context);
    yield* checkRestartRules(at, container);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    else if (!isEmpty(container.name)) names.add(container.name);
    yield* checkHostPorts(path, [container]);
    yield* isSidecar(container) ? checkHandlers(at, container, context) : checkNoHandlers(at, container);
  }
}

const NOT_EPHEMERAL = [
  "ports",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "lifecycle",
  "resizePolicy",
  "restartPolicy",
  "restartPolicyRules",
] as const;
const EPHEMERAL_DETAIL = "cannot be set for an Ephemeral Container";

function* checkEphemeralOnly(path: string, container: V1EphemeralContainer): Check {
  const { limits, requests, claims } = container.resources ?? {};
  if (limits !== undefined || requests !== undefined || claims !== undefined) yield forbiddenField(`${path}.resources`, EPHEMERAL_DETAIL);
  for (const field of NOT_EPHEMERAL) if (container[field] !== undefined) yield forbiddenField(`${path}.${field}`, EPHEMERAL_DETAIL);
  for (const [mount, at] of each(`${path}.volumeMounts`, container.volumeMounts)) {
    for (const field of ["subPath", "subPathExpr"] as const) {
      if (!isEmpty(mount[field])) yield forbiddenField(`${at}.${field}`, EPHEMERAL_DETAIL);
    }
  }
}

/** Ephemeral containers: names of their own, a target that is there, and nothing that a lasting container has. */
export function* checkEphemeralContainers(path: string, spec: V1PodSpec, context: PodContext): Check {
  if (spec.ephemeralContainers === undefined) return;
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  for (const [container, at] of each(path, spec.ephemeralContainers)) {
    yield* checkCommon(at, container, context);
    yield* checkImageOfPod(at, container);
    if (names.has(container.name)) yield duplicate(`${at}.name`, container.name);
    names.add(container.name);
    const target = container.targetContainerName;
    if (!isEmpty(target) && !others.has(target)) yield valueNotFound(`${at}.targetContainerName`, target);
    yield* checkEphemeralOnly(at, container);
  }
}

/** In a pod, not in a template, an image has no spaces around it. upstream: validateContainerOnlyForPod */
export function* checkImageOfPod(path: string, { image = "" }: AnyContainer): Check {
  if (image.trim() !== image) yield invalidValue(`${path}.image`, image, "must not have leading or trailing whitespace");
}
