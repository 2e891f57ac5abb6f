// Ports of containers. upstream: pkg/apis/core/validation/validation.go (validateContainerPorts, AccumulateUniqueHostPorts)
import type { V1Container, V1ContainerPort, V1PodSpec } from "#api/generated/types.ts";
import { broken, each, isEmpty, neededOneOf, type Check } from "#api/meta/check.ts";
import { duplicate, invalidValue, required } from "#api/meta/field-error.ts";
import { portName, portNum } from "#api/meta/names.ts";

/** Protocols of ports, of pods and of Services. */
export const PROTOCOLS: readonly string[] = ["SCTP", "TCP", "UDP"];

/** A port given by number or by name. upstream: ValidatePortNumOrName */
export const portErrors = (path: string, port: number | string | undefined) =>
  typeof port === "string" ? broken(path, port, portName(port)) : broken(path, port ?? 0, portNum(port ?? 0));

function* checkPort(path: string, port: V1ContainerPort): Check {
  if ((port.containerPort ?? 0) === 0) yield required(`${path}.containerPort`);
  else yield* broken(`${path}.containerPort`, port.containerPort, portNum(port.containerPort));
  if ((port.hostPort ?? 0) !== 0) yield* broken(`${path}.hostPort`, port.hostPort, portNum(port.hostPort ?? 0));
  yield* neededOneOf(`${path}.protocol`, port.protocol, PROTOCOLS);
}

/** Names, numbers and protocols of one container's ports. */
export function* checkPorts(path: string, ports: readonly V1ContainerPort[] | undefined): Check {
  const names = new Set<string>();
  for (const [port, at] of each(path, ports)) {
    if (!isEmpty(port.name)) {
      const reasons = portName(port.name);
      yield* broken(`${at}.name`, port.name, reasons);
      if (names.has(port.name)) yield duplicate(`${at}.name`, port.name);
      if (reasons.length === 0) names.add(port.name);
    }
    yield* checkPort(at, port);
  }
}

/** No two of the containers want the same port of the host. */
export function* checkHostPorts(path: string, containers: readonly V1Container[] | undefined): Check {
  const taken = new Set<string>();
  for (const [container, at] of each(path, containers)) {
    for (const [port, portAt] of each(`${at}.ports`, container.ports)) {
      if ((port.hostPort ?? 0) === 0) continue;
      const text = `${port.protocol ?? ""}/${port.hostIP ?? ""}/${port.hostPort ?? 0}`;
      if (taken.has(text)) yield duplicate(`${portAt}.hostPort`, text);
      taken.add(text);
    }
  }
}

/** On the host's network a port is the host's port. In a template it may be left out. upstream: validatePodHostNetworkDeps */
export function* checkHostNetworkPorts(path: string, spec: V1PodSpec, isPod: boolean): Check {
  if (spec.hostNetwork !== true) return;
  for (const [container, at] of each(`${path}.containers`, spec.containers)) {
    for (const [{ hostPort = 0, containerPort }, portAt] of each(`${at}.ports`, container.ports)) {
      if ((isPod || hostPort !== 0) && hostPort !== containerPort) {
        yield invalidValue(`${portAt}.hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true");
      }
    }
  }
}
