// The files that every container of a pod finds in /etc. Pure.
import type { SandboxConfig } from "./port.ts";

/** A file in a guest's own root directory. */
export type RootFile = { readonly path: string; readonly text: string };

// upstream: pkg/kubelet/kubelet_pods.go managedHostsFileContent
const hostsFile = ({ hostname, hosts }: SandboxConfig, ip: string): string => {
  const head = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::\tip6-localnet",
    "fe00::\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
    `${ip}\t${hostname}`,
  ];
  const aliases = hosts.map(({ ip: address, hostnames }) => `${address}\t${hostnames.join("\t")}`);
  return `${[...head, ...(aliases.length === 0 ? [] : ["", "# Entries added by HostAliases.", ...aliases])].join("\n")}\n`;
};

const resolverFile = ({ dns }: SandboxConfig): string => {
  const lines = [
    ...(dns.searches.length === 0 ? [] : [`search ${dns.searches.join(" ")}`]),
    ...dns.nameservers.map((address) => `nameserver ${address}`),
    ...(dns.options.length === 0 ? [] : [`options ${dns.options.join(" ")}`]),
  ];
  return lines.map((line) => `${line}\n`).join("");
};

/** /etc/hosts, /etc/hostname and /etc/resolv.conf of a pod with the address `ip`. */
export const podFiles = (config: SandboxConfig, ip: string): readonly RootFile[] => [
  { path: "etc/hosts", text: hostsFile(config, ip) },
  { path: "etc/hostname", text: `${config.hostname}\n` },
  { path: "etc/resolv.conf", text: resolverFile(config) },
];
