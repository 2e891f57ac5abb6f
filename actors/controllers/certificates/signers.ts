// Which requests the cluster's own signers sign. Pure. The texts are upstream's.
// upstream: pkg/apis/certificates/helpers.go, pkg/controller/certificates/signer/signer.go
import type { CertificateRequest } from "#lib/pki/request.ts";

const API_CLIENT = "kubernetes.io/kube-apiserver-client";
export const KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet";
const KUBELET_SERVING = "kubernetes.io/kubelet-serving";

type Refusal = string | undefined;
type Rule = (request: CertificateRequest, usages: readonly string[]) => Refusal;

const first = (...refusals: readonly (readonly [boolean, string])[]): Refusal => refusals.find(([isRefused]) => isRefused)?.[1];

/** With key encipherment or without. */
const usagesAre = (usages: readonly string[], wanted: string): boolean => {
  const set = new Set(usages);
  set.delete("key encipherment");
  return set.size === 2 && set.has("digital signature") && set.has(wanted);
};

const ofNode = ({ organizations, commonName }: CertificateRequest): Refusal =>
  first(
    [organizations.length !== 1 || organizations[0] !== "system:nodes", "subject organization is not system:nodes"],
    [!commonName.startsWith("system:node:"), "subject common name does not begin with system:node:"],
  );

/** A kubelet's own client certificate. upstream: ValidateKubeletClientCSR */
export const kubeletClientRefusal: Rule = (request, usages) =>
  ofNode(request) ??
  first(
    [request.dns.length > 0, "DNS subjectAltNames are not allowed"],
    [request.emails.length > 0, "Email subjectAltNames are not allowed"],
    [request.ips.length > 0, "IP subjectAltNames are not allowed"],
    [request.uris.length > 0, "URI subjectAltNames are not allowed"],
    [!usagesAre(usages, "client auth"), "usages did not match [client auth digital signature]"],
  );

const kubeletServingRefusal: Rule = (request, usages) =>
  ofNode(request) ??
  first(
    [request.dns.length === 0 && request.ips.length === 0, "DNS or IP subjectAltName is required"],
    [request.emails.length > 0, "Email subjectAltNames are not allowed"],
    [request.uris.length > 0, "URI subjectAltNames are not allowed"],
    [!usagesAre(usages, "server auth"), "usages did not match [digital signature server auth]"],
  );

const CLIENT_USAGES = ["client auth", "digital signature", "key encipherment"];

const apiClientRefusal: Rule = (_request, usages) => {
  const unknown = usages.find((usage) => !CLIENT_USAGES.includes(usage));
  if (unknown !== undefined) return `invalid usage for client certificate: ${unknown}`;
  return usages.includes("client auth") ? undefined : "missing required usage for client certificate: client auth";
};

/** The signers that sign with the cluster's CA: each says why it does not sign a request. */
export const SIGNERS: { readonly [signer: string]: Rule } = {
  [API_CLIENT]: apiClientRefusal,
  [KUBELET_CLIENT]: kubeletClientRefusal,
  [KUBELET_SERVING]: kubeletServingRefusal,
};
