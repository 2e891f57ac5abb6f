// Writes nats-server's configuration for a cluster.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { allOf, apiServerPermissions, componentPermissions, nodePermissions, type Permissions } from "#lib/nats/address.ts";
import { serverConfig, type ServerUser, type ServerVersion } from "#lib/nats/server-config.ts";
import type { Definition } from "./definition.ts";
import { natsUsers, type NatsUser } from "./identities.ts";
import type { Layout } from "./layout.ts";
import type { NatsSecrets } from "./pki.ts";

const permissionsOf = ({ user, identities, serves, node }: NatsUser): Permissions =>
  allOf(
    componentPermissions(identities),
    ...(serves === "api" ? [apiServerPermissions(user)] : []),
    ...(node === undefined ? [] : [nodePermissions(node)]),
  );

/** Writes the file. */
export const writeNatsConfig = (
  layout: Layout,
  definition: Definition,
  { secrets, version }: { readonly secrets: NatsSecrets; readonly version: ServerVersion },
): void => {
  const users = natsUsers(definition.nodes).map((user): ServerUser => ({
    user: user.user,
    password: secrets[user.user] ?? "",
    permissions: permissionsOf(user),
  }));
  mkdirSync(dirname(layout.nats.config), { recursive: true });
  const text = serverConfig({
    serverName: `orrery-${definition.id}`,
    host: "127.0.0.1",
    port: definition.natsPort,
    storeDir: layout.nats.store,
    pidFile: layout.nats.pid,
    version,
    users,
  });
  writeFileSync(layout.nats.config, text, { mode: 0o600 });
};
