// The file by which kubectl and our own tools find a cluster. upstream: client-go/tools/clientcmd/api/v1
import type { Credentials } from "#lib/pki/authority.ts";
import type { HttpsTransportOptions } from "./transport.ts";

/** A cluster and a user of it. */
export type Access = {
  /** Names the context, the cluster and, before `-admin` or its like, the user. */
  readonly cluster: string;
  readonly user: string;
  readonly server: string;
  readonly certificateAuthority: string;
  readonly client?: Credentials | undefined;
  readonly token?: string | undefined;
};

const toBase64 = (text: string): string => Buffer.from(text).toString("base64");
const fromBase64 = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : Buffer.from(text, "base64").toString();

type Named<K extends string, T> = { readonly name: string } & { readonly [key in K]: T };
type Cluster = { readonly server: string; readonly "certificate-authority-data"?: string };
type AuthInfo = { readonly "client-certificate-data"?: string; readonly "client-key-data"?: string; readonly token?: string };
type Config = {
  readonly apiVersion: "v1";
  readonly kind: "Config";
  readonly "current-context": string;
  readonly clusters: readonly Named<"cluster", Cluster>[];
  readonly users: readonly Named<"user", AuthInfo>[];
  readonly contexts: readonly Named<"context", { readonly cluster: string; readonly user: string }>[];
  readonly preferences: Record<string, never>;
};

/** A kubeconfig for one cluster and one user. JSON, which is YAML too. */
export const writeKubeconfig = ({ cluster, user, server, certificateAuthority, client, token }: Access): string => {
  const config: Config = {
    apiVersion: "v1",
    kind: "Config",
    preferences: {},
    clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": toBase64(certificateAuthority) } }],
    users: [
      {
        name: user,
        user: {
          ...(client && { "client-certificate-data": toBase64(client.certificate), "client-key-data": toBase64(client.key) }),
          ...(token !== undefined && { token }),
        },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user } }],
    "current-context": cluster,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
};

/** A kubeconfig that says where a cluster is, as a transport needs it. `context`: another than the current one. Throws: when it names none. */
export const readKubeconfig = async (text: string, context?: string): Promise<HttpsTransportOptions> => {
  const { parse } = await import("yaml");
  const config = parse(text) as Config;
  const wanted = context ?? config["current-context"];
  const chosen = config.contexts?.find(({ name }) => name === wanted)?.context;
  const cluster = config.clusters?.find(({ name }) => name === chosen?.cluster)?.cluster;
  if (cluster === undefined) throw new Error(`context was not found for specified context: ${wanted}`);
  const user = config.users?.find(({ name }) => name === chosen?.user)?.user ?? {};
  return { server: cluster.server, certificateAuthority: fromBase64(cluster["certificate-authority-data"]), ...identityOf(user) };
};

const identityOf = (user: AuthInfo): Pick<HttpsTransportOptions, "client" | "token"> => {
  const certificate = fromBase64(user["client-certificate-data"]);
  const key = fromBase64(user["client-key-data"]);
  const { token } = user;
  return {
    ...(certificate !== undefined && key !== undefined && { client: { certificate, key } }),
    ...(token !== undefined && { token: () => token }),
  };
};
