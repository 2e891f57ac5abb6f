// The cluster's certificates, keys and passwords, in its data directory. What is there and valid stays; what is missing or
// about to expire is made anew, so a cluster that is started from time to time never runs into an expired certificate.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "#lib/clock.ts";
import { createAuthority, loadAuthority, type Authority, type Credentials, type PkiOptions } from "#lib/pki/authority.ts";
import { renewalDue } from "#lib/pki/expiry.ts";
import { createSigningKey } from "#lib/pki/signing-key.ts";
import type { Random } from "#lib/random.ts";
import type { Layout } from "./layout.ts";

/** What the API server's certificate must be valid for. */
export type ServerNames = { readonly dns: readonly string[]; readonly ips: readonly string[] };

/** Passwords by NATS user. */
export type NatsSecrets = { readonly [user: string]: string };

const write = (path: string, text: string, secret: boolean): void => writeFileSync(path, text, { mode: secret ? 0o600 : 0o644 });

const read = (dir: string, name: string): Credentials | undefined => {
  const paths = { certificate: join(dir, `${name}.crt`), key: join(dir, `${name}.key`) };
  if (!existsSync(paths.certificate) || !existsSync(paths.key)) return undefined;
  return { certificate: readFileSync(paths.certificate, "utf8"), key: readFileSync(paths.key, "utf8") };
};

const keep = async (
  dir: string,
  name: string,
  { clock }: { readonly clock: Clock },
  make: () => Promise<Credentials>,
): Promise<Credentials> => {
  const found = read(dir, name);
  if (found !== undefined && !renewalDue(found.certificate, clock.now())) return found;
  const made = await make();
  write(join(dir, `${name}.crt`), made.certificate, false);
  write(join(dir, `${name}.key`), made.key, true);
  return made;
};

type AuthorityName = { readonly file: string; readonly name: string };

/** Signs certificates of servers and users. */
const CLUSTER: AuthorityName = { file: "ca", name: "kubernetes" };

/** Signs the certificate by which the API server proves to other API servers that it speaks for users. */
const FRONT_PROXY: AuthorityName = { file: "front-proxy-ca", name: "front-proxy-ca" };

const authorityOf = async (dir: string, { file, name }: AuthorityName, options: PkiOptions): Promise<Authority> => {
  const found = read(dir, file);
  if (found !== undefined) return loadAuthority(found, options);
  const authority = await createAuthority(name, options);
  await keep(dir, file, options, () => Promise.resolve(authority.credentials));
  return authority;
};

const CERTIFICATES = ["ca", "apiserver", "admin", "front-proxy-ca", "front-proxy-client"];

/** True when nothing is missing or about to expire. @param now milliseconds since the epoch */
export const isPkiComplete = ({ pki }: Layout, now: number): boolean =>
  CERTIFICATES.every((name) => {
    const found = read(pki, name);
    return found !== undefined && !renewalDue(found.certificate, now);
  }) && existsSync(join(pki, "sa.key"));

/** Makes what is missing. Quick when nothing is. */
export const ensurePki = async (layout: Layout, names: ServerNames, options: PkiOptions): Promise<void> => {
  const dir = layout.pki;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (isPkiComplete(layout, options.clock.now())) return;
  const [authority, frontProxy] = await Promise.all([authorityOf(dir, CLUSTER, options), authorityOf(dir, FRONT_PROXY, options)]);
  await Promise.all([
    keep(dir, "apiserver", options, () => authority.serving({ name: "kube-apiserver", ...names })),
    keep(dir, "admin", options, () => authority.client({ name: "kubernetes-admin", groups: ["system:masters"] })),
    keep(dir, "front-proxy-client", options, () => frontProxy.client({ name: "front-proxy-client" })),
  ]);
  if (existsSync(join(dir, "sa.key"))) return;
  const { privateKey, publicKey } = await createSigningKey();
  write(join(dir, "sa.key"), privateKey, true);
  write(join(dir, "sa.pub"), publicKey, false);
};

/** The passwords of these NATS users; new ones for users that had none. */
export const ensureSecrets = (layout: Layout, users: readonly string[], random: Random): NatsSecrets => {
  const before = existsSync(layout.secrets) ? (JSON.parse(readFileSync(layout.secrets, "utf8")) as NatsSecrets) : {};
  const secrets = Object.fromEntries(users.map((user) => [user, before[user] ?? Buffer.from(random.bytes(24)).toString("base64url")]));
  write(layout.secrets, JSON.stringify(secrets), true);
  return secrets;
};

/** Writes the administrator's kubeconfig. */
export const writeKubeconfig = (layout: Layout, server: string): void => {
  const base64 = (name: string): string => readFileSync(join(layout.pki, name)).toString("base64");
  const config = `apiVersion: v1
kind: Config
clusters:
  - name: orrery
    cluster:
      server: ${server}
      certificate-authority-data: ${base64("ca.crt")}
users:
  - name: kubernetes-admin
    user:
      client-certificate-data: ${base64("admin.crt")}
      client-key-data: ${base64("admin.key")}
contexts:
  - name: orrery
    context:
      cluster: orrery
      user: kubernetes-admin
current-context: orrery
`;
  write(layout.kubeconfig, config, true);
};
