// The cluster's certificate authority: signs serving certificates for names and addresses, and client certificates whose
// common name and organizations are the user's name and groups. ECDSA P-256 throughout. Everything is PEM.
//
// The X.509 library is heavy and only the process that makes certificates needs it, so it is loaded on first use.
import type { webcrypto } from "node:crypto";
import type * as Library from "@peculiar/x509";
import type { Clock } from "#lib/clock.ts";
import type { Random } from "#lib/random.ts";
import { DAY_MS } from "./expiry.ts";

/** A certificate and its PKCS #8 private key, both PEM. */
export type Credentials = { readonly certificate: string; readonly key: string };

/** Whom a client certificate names. upstream: apiserver/pkg/authentication/request/x509 CommonNameUserConversion */
type Identity = { readonly name: string; readonly groups?: readonly string[] | undefined };

/** What a serving certificate is valid for. */
type ServingNames = { readonly name: string; readonly dns: readonly string[]; readonly ips: readonly string[] };

export type PkiOptions = { readonly clock: Clock; readonly random: Random };

/** How a requested certificate is made: for these usages, such as `client auth`, until an instant. */
export type Issue = { readonly usages: readonly string[]; readonly lifeMs: number };

export interface Authority {
  readonly credentials: Credentials;
  /** Signs a certificate request (PKCS #10, PEM): its subject, names and key as they stand. Throws: when it is no request. */
  issue(request: string, how: Issue): Promise<string>;
  serving(names: ServingNames): Promise<Credentials>;
  client(identity: Identity): Promise<Credentials>;
}

type X509 = typeof Library;
type Keys = webcrypto.CryptoKeyPair;

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const AUTHORITY_DAYS = 3650; // upstream: kubeadm CertificateAuthorityValidity
const LEAF_DAYS = 365; // upstream: kubeadm CertificateValidity
const SKEW_MS = 5 * 60_000;

/** The X.509 library. */
export const loadX509 = async (): Promise<X509> => {
  await import("reflect-metadata");
  return import("@peculiar/x509");
};

const newKeys = (): Promise<Keys> => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);

const keyPem = async (x509: X509, key: Keys["privateKey"]): Promise<string> =>
  `${x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;

const validity = ({ clock }: PkiOptions, days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(clock.now() - SKEW_MS),
  notAfter: new Date(clock.now() + days * DAY_MS),
});

/** 127 random bits: a positive integer in at most 16 bytes. */
const serialNumber = ({ random }: PkiOptions): string => {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
};

/** upstream: k8s.io/kubernetes/pkg/apis/certificates usages, as OIDs */
const EXTENDED_USAGES: { readonly [usage: string]: string } = { "server auth": "1.3.6.1.5.5.7.3.1", "client auth": "1.3.6.1.5.5.7.3.2" };

/** What the key may do; nothing is said when nothing was asked. */
const keyUsages = (x509: X509, usages: readonly string[]): readonly Library.Extension[] => {
  const { digitalSignature, keyEncipherment } = x509.KeyUsageFlags;
  const [signs, enciphers] = [usages.includes("digital signature"), usages.includes("key encipherment")];
  if (signs && enciphers) return [new x509.KeyUsagesExtension(digitalSignature | keyEncipherment, true)];
  if (!signs && !enciphers) return [];
  return [new x509.KeyUsagesExtension(signs ? digitalSignature : keyEncipherment, true)];
};

/** A new self-signed authority. */
export const createAuthority = async (name: string, options: PkiOptions): Promise<Authority> => {
  const x509 = await loadX509();
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(options),
    name: [{ CN: [name] }],
    ...validity(options, AUTHORITY_DAYS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const credentials = { certificate: `${certificate.toString("pem")}\n`, key: await keyPem(x509, keys.privateKey) };
  return new PemAuthority(credentials, { x509, certificate, key: keys.privateKey }, options);
};

/** The authority that `credentials` are of. Throws: when they are not a certificate and its key. */
export const loadAuthority = async (credentials: Credentials, options: PkiOptions): Promise<Authority> => {
  const x509 = await loadX509();
  const [pkcs8] = x509.PemConverter.decode(credentials.key);
  if (pkcs8 === undefined) throw new Error("no private key in the authority's PEM");
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
  return new PemAuthority(credentials, { x509, certificate: new x509.X509Certificate(credentials.certificate), key }, options);
};

/** A certificate to be made. */
type Wanted = {
  readonly subject: Library.JsonName;
  readonly publicKey: Library.PublicKeyType;
  readonly lifeMs: number;
  readonly extensions: readonly Library.Extension[];
};

type Signer = { readonly x509: X509; readonly certificate: Library.X509Certificate; readonly key: Keys["privateKey"] };

class PemAuthority implements Authority {
  readonly credentials: Credentials;
  readonly #signer: Signer;
  readonly #options: PkiOptions;

  constructor(credentials: Credentials, signer: Signer, options: PkiOptions) {
    this.credentials = credentials;
    this.#signer = signer;
    this.#options = options;
  }

  serving({ name, dns, ips }: ServingNames): Promise<Credentials> {
    const { x509 } = this.#signer;
    const alternatives = new x509.SubjectAlternativeNameExtension([
      ...dns.map((value) => ({ type: "dns" as const, value })),
      ...ips.map((value) => ({ type: "ip" as const, value })),
    ]);
    return this.#sign([{ CN: [name] }], [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]), alternatives]);
  }

  client({ name, groups = [] }: Identity): Promise<Credentials> {
    const { x509 } = this.#signer;
    const subject = [...groups.map((group) => ({ O: [group] })), { CN: [name] }];
    return this.#sign(subject, [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])]);
  }

  issue(request: string, { usages, lifeMs }: Issue): Promise<string> {
    const { x509 } = this.#signer;
    const asked = new x509.Pkcs10CertificateRequest(request);
    const names = asked.extensions.filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
    const extended = usages.flatMap((usage) => EXTENDED_USAGES[usage] ?? []);
    return this.#certify({
      subject: asked.subjectName.toJSON(),
      publicKey: asked.publicKey,
      lifeMs,
      extensions: [...keyUsages(x509, usages), ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]), ...names],
    });
  }

  async #sign(subject: Record<string, string[]>[], extensions: Library.Extension[]): Promise<Credentials> {
    const { x509 } = this.#signer;
    const keys = await newKeys();
    const usages = keyUsages(x509, ["digital signature", "key encipherment"]);
    const certificate = await this.#certify({
      subject,
      publicKey: keys.publicKey,
      lifeMs: LEAF_DAYS * DAY_MS,
      extensions: [...usages, ...extensions],
    });
    return { certificate, key: await keyPem(x509, keys.privateKey) };
  }

  async #certify({ subject, publicKey, lifeMs, extensions }: Wanted): Promise<string> {
    const { x509, certificate: issuer, key: signingKey } = this.#signer;
    const { notBefore, notAfter } = validity(this.#options, lifeMs / DAY_MS);
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(this.#options),
      subject,
      issuer: issuer.subjectName,
      notBefore,
      notAfter: new Date(Math.min(notAfter.getTime(), issuer.notAfter.getTime())),
      signingAlgorithm: ALGORITHM,
      publicKey,
      signingKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
        ...extensions,
      ],
    });
    return `${certificate.toString("pem")}\n`;
  }
}
