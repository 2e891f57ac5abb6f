// The environment variables by which a pod finds the services that exist when it starts. Pure.
// upstream: pkg/kubelet/envvars/envvars.go, pkg/kubelet/kubelet_pods.go getServiceEnvVarMap
import type { V1ServicePort } from "#api/generated/types.ts";
import type { Service } from "#api/core/v1/service.ts";
import { hostPort } from "#api/meta/ip.ts";
import type { Stored } from "#api/meta/object.ts";

/** Where the API server's own service stands. */
const MASTER = { namespace: "default", name: "kubernetes" };

const variable = (text: string): string => text.toUpperCase().replaceAll("-", "_");

/** The set that Docker made for a linked container. */
const links = (prefix: string, host: string, ports: readonly V1ServicePort[]): readonly (readonly [string, string])[] =>
  ports.flatMap(({ port, protocol = "TCP" }, index) => {
    const name = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
    const url = `${protocol.toLowerCase()}://${hostPort({ host, port })}`;
    const first = index === 0 ? ([[`${prefix}_PORT`, url]] as const) : [];
    return [
      ...first,
      [name, url],
      [`${name}_PROTO`, protocol.toLowerCase()],
      [`${name}_PORT`, String(port)],
      [`${name}_ADDR`, host],
    ] as const;
  });

const variables = ({ metadata, spec }: Stored<Service>): readonly (readonly [string, string])[] => {
  const { clusterIP: host = "", ports = [] } = spec ?? {};
  if (host === "" || host === "None" || ports[0] === undefined) return [];
  const prefix = variable(metadata.name);
  const named = ports.flatMap(({ name, port }) =>
    name === undefined ? [] : [[`${prefix}_SERVICE_PORT_${variable(name)}`, String(port)] as const],
  );
  return [[`${prefix}_SERVICE_HOST`, host], [`${prefix}_SERVICE_PORT`, String(ports[0].port)], ...named, ...links(prefix, host, ports)];
};

/** The variables for a pod of `namespace`. Without links only the API server's service is told. */
export const serviceEnvironment = (
  services: Iterable<Stored<Service>>,
  namespace: string,
  enableServiceLinks: boolean,
): ReadonlyMap<string, string> => {
  const own: Stored<Service>[] = [];
  const master: Stored<Service>[] = [];
  for (const service of services) {
    const { metadata } = service;
    if (enableServiceLinks && metadata.namespace === namespace) own.push(service);
    else if (metadata.namespace === MASTER.namespace && metadata.name === MASTER.name) master.push(service);
  }
  return new Map([...master, ...own].flatMap(variables));
};
