// Where everything lies in a data directory. Pure.
import { join } from "node:path";

/** The paths of one cluster's data directory. */
export type Layout = ReturnType<typeof layoutOf>;

/** @param data the data directory, absolute */
export const layoutOf = (data: string) => ({
  data,
  cluster: join(data, "cluster.json"),
  lock: join(data, "lock"),
  kubeconfig: join(data, "kubeconfig"),
  /** Given by the user: what the audit log holds, what admission is told, and how Secrets lie in the store. */
  auditPolicy: join(data, "audit-policy.yaml"),
  admission: join(data, "admission.yaml"),
  encryption: join(data, "encryption.yaml"),
  pki: join(data, "pki"),
  secrets: join(data, "pki", "nats-users.json"),
  images: join(data, "images"),
  nats: {
    config: join(data, "nats", "nats-server.conf"),
    store: join(data, "nats", "jetstream"),
    pid: join(data, "nats", "nats-server.pid"),
  },
  logs: join(data, "logs"),
  auditLog: join(data, "logs", "audit.log"),
  /** One file for each running process: its pid and what it is. */
  processes: join(data, "run"),
  node: (name: string) => join(data, "nodes", name),
  logOf: (process: string) => join(data, "logs", `${process}.log`),
});

const ENTRIES: ReadonlySet<string> = new Set([
  "cluster.json",
  "lock",
  "kubeconfig",
  "audit-policy.yaml",
  "admission.yaml",
  "encryption.yaml",
  "pki",
  "images",
  "nats",
  "logs",
  "run",
  "nodes",
  "example-made",
]);

/** The first of a directory's entries that no cluster makes: it is somebody else's directory. Hidden entries are nobody's. */
export const foreignEntry = (entries: readonly string[]): string | undefined =>
  entries.find((entry) => !ENTRIES.has(entry) && !entry.startsWith("."));
