// What a request for a certificate must be. upstream: pkg/apis/certificates/validation/validation.go
import type { V1CertificateSigningRequest, V1CertificateSigningRequestCondition } from "#api/generated/types.ts";
import { fromBase64 } from "#api/core/v1/base64.ts";
import { broken, each, isEmpty, needed, type Check } from "#api/meta/check.ts";
import { duplicate, forbiddenField, invalidValue, notSupported, quoted, required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Label } from "#api/meta/names.ts";
import { requestFault } from "./request-form.ts";

const USAGES: readonly string[] = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const REQUEST = "CERTIFICATE REQUEST";
const LEGACY_SIGNER = "kubernetes.io/legacy-unknown";
const MIN_SECONDS = 600;
const MAX_DOMAIN = 253;
const MAX_PATH = 253 + 1 + 63;
const DECISIONS = ["Approved", "Denied", "Failed"];

function* checkLabels(path: string, text: string): Check {
  for (const label of text.split(".")) {
    for (const reason of dns1123Label(label)) yield invalidValue(path, text, `validating label ${quoted(label)}: ${reason}`);
  }
}

/** `example.com/signer-name`. upstream: ValidateSignerName */
export function* checkSignerName(path: string, name: string | undefined): Check {
  yield* needed(path, name);
  if (isEmpty(name)) return;
  const [domain = "", rest = "", ...more] = name.split("/");
  if (more.length > 0 || !name.includes("/")) {
    yield invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  if (domain.length > MAX_DOMAIN) yield tooLong(path, MAX_DOMAIN);
  yield* checkLabels(path, domain);
  if (!domain.includes(".")) yield invalidValue(path, domain, "should be a domain with at least two segments separated by dots");
  if (rest.length > MAX_PATH) yield tooLong(path, MAX_PATH);
  yield* checkLabels(path, rest);
}

const PEM = /^-----BEGIN ([A-Z0-9 ]+)-----$([\s\S]*)^-----END \1-----$/m;

/** What is in base64 of a PEM of this type; undefined: it is none. */
const pemBytes = (base64: string, wanted: string): Uint8Array | undefined => {
  try {
    const [, type, body = ""] = PEM.exec(fromBase64(base64)) ?? [];
    return type === wanted ? Uint8Array.fromBase64(body) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

const pemErrors = (base64: string, type: string): readonly string[] =>
  pemBytes(base64, type) === undefined ? [`PEM block type must be ${type}`] : [];

const requestErrors = (base64: string): readonly string[] => {
  const bytes = pemBytes(base64, REQUEST);
  const fault = bytes === undefined ? `PEM block type must be ${REQUEST}` : requestFault(bytes);
  return fault === undefined ? [] : [fault];
};

function* checkUsages(path: string, usages: readonly string[] = []): Check {
  if (usages.length === 0) yield required(path);
  for (const [usage, at, index] of each(path, usages)) {
    if (!USAGES.includes(usage)) yield notSupported(at, usage, USAGES);
    if (usages.indexOf(usage) < index) yield duplicate(at, usage);
  }
}

function* checkSpec({ spec }: V1CertificateSigningRequest): Check {
  const { request, signerName, usages, expirationSeconds } = spec ?? {};
  if (isEmpty(request)) yield required("spec.request");
  else yield* broken("spec.request", request, requestErrors(request));
  yield* checkUsages("spec.usages", usages);
  if (signerName === LEGACY_SIGNER) {
    yield invalidValue("spec.signerName", signerName, "the legacy signerName is not allowed via this API version");
  } else yield* checkSignerName("spec.signerName", signerName);
  if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS) {
    yield invalidValue("spec.expirationSeconds", expirationSeconds, "may not specify a duration less than 600 seconds (10 minutes)");
  }
}

/** The decision that this one rules out. */
const oppositeOf = (type: string): string | undefined => ({ Denied: "Approved", Approved: "Denied" })[type];

function* checkConditions(conditions: readonly V1CertificateSigningRequestCondition[] = []): Check {
  for (const [{ type, status }, at, index] of each("status.conditions", conditions)) {
    yield* needed(`${at}.type`, type);
    const allowed = DECISIONS.includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (isEmpty(status)) yield required(`${at}.status`);
    else if (!allowed.includes(status)) yield notSupported(`${at}.status`, status, allowed);
    if (conditions.findIndex((one) => one.type === type) < index) yield duplicate(`${at}.type`, type);
    const other = oppositeOf(type);
    if (other !== undefined && conditions.slice(0, index).some((one) => one.type === other)) {
      yield invalidValue(`${at}.type`, type, "Approved and Denied conditions are mutually exclusive");
    }
  }
}

/** A new request, or a changed one: what it asks for cannot change. */
export function* checkRequest(request: V1CertificateSigningRequest, old: V1CertificateSigningRequest | undefined): Check {
  if (old === undefined) yield* checkSpec(request);
}

const typesOf = ({ status }: V1CertificateSigningRequest, types: readonly string[]): readonly string[] =>
  (status?.conditions ?? []).map(({ type }) => type).filter((type) => types.includes(type));

/** Decisions are never taken back, and come by `approval` alone. upstream: validateCertificateSigningRequestUpdate */
function* checkDecisions(request: V1CertificateSigningRequest, old: V1CertificateSigningRequest, isApproval: boolean): Check {
  const [now, before] = [typesOf(request, DECISIONS), typesOf(old, DECISIONS)];
  for (const type of before) {
    if (!now.includes(type)) yield forbiddenField("status.conditions", `updates may not remove a condition of type ${quoted(type)}`);
  }
  for (const type of now) {
    const isForbidden = type === "Failed" ? isApproval : !isApproval;
    if (isForbidden && !before.includes(type))
      yield forbiddenField("status.conditions", `updates may not add a condition of type ${quoted(type)}`);
  }
}

/** The status of a request, or its approval. */
export function* checkRequestStatus(
  request: V1CertificateSigningRequest,
  old: V1CertificateSigningRequest | undefined,
  subresource: string,
): Check {
  yield* checkConditions(request.status?.conditions);
  const [now, before] = [request.status?.certificate, old?.status?.certificate];
  if (!isEmpty(now) && now !== before) yield* broken("status.certificate", now, pemErrors(now, "CERTIFICATE"));
  if (old === undefined) return;
  yield* checkDecisions(request, old, subresource === "approval");
  if (!isEmpty(before) && now !== before) yield forbiddenField("status.certificate", "updates may not modify existing certificate content");
}
