// Who approves or signs a certificate request must have that right for its signer, beside the right to write the request;
// and nobody gets a client certificate of the group that may do everything. upstream: plugin/pkg/admission/certificates
import { certificateSigningRequests, type CertificateSigningRequest } from "#api/certificates/v1/certificate-signing-request.ts";
import { fromBase64 } from "#api/core/v1/base64.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { readRequest } from "#lib/pki/request.ts";
import { isFor, refuse, type Attributes, type Plugin, type Surroundings, type Verdict } from "../plugin.ts";

const API_CLIENT = "kubernetes.io/kube-apiserver-client";

const signerOf = (request: CertificateSigningRequest | undefined): string => request?.spec.signerName ?? "";

/** By the signer's own name, or by its domain with a star. upstream: certificates.IsAuthorizedForSignerName */
const mayDo = (around: Surroundings, verb: string, signer: string): boolean => {
  const to = { verb, group: "certificates.k8s.io", version: "*", resource: "signers" };
  return around.may({ ...to, name: signer }) || around.may({ ...to, name: `${signer.split("/")[0]}/*` });
};

const refusedFor = (attributes: Attributes, verb: string, signer: string): Verdict =>
  refuse(attributes, `user not permitted to ${verb} requests with signerName ${JSON.stringify(signer)}`);

export const certificateApproval: Plugin = {
  name: "CertificateApproval",
  validate: (attributes, around) => {
    if (attributes.operation !== "UPDATE" || !isFor(attributes, certificateSigningRequests, "approval")) return undefined;
    const signer = signerOf(attributes.old as CertificateSigningRequest | undefined);
    return mayDo(around, "approve", signer) ? undefined : refusedFor(attributes, "approve", signer);
  },
};

/** What a signer writes. */
const signatureOf = (request: CertificateSigningRequest | undefined): unknown => [
  request?.status?.certificate ?? "",
  request?.status?.conditions ?? [],
];

export const certificateSigning: Plugin = {
  name: "CertificateSigning",
  validate: (attributes, around) => {
    if (attributes.operation !== "UPDATE" || !isFor(attributes, certificateSigningRequests, "status")) return undefined;
    const old = attributes.old as CertificateSigningRequest | undefined;
    if (deepEqual(signatureOf(old), signatureOf(attributes.object as CertificateSigningRequest))) return undefined;
    const signer = signerOf(old);
    return mayDo(around, "sign", signer) ? undefined : refusedFor(attributes, "sign", signer);
  },
};

export const certificateSubjectRestriction: Plugin = {
  name: "CertificateSubjectRestriction",
  validate: async (attributes) => {
    if (attributes.operation !== "CREATE" || !isFor(attributes, certificateSigningRequests)) return undefined;
    const request = attributes.object as CertificateSigningRequest;
    if (signerOf(request) !== API_CLIENT) return undefined;
    try {
      const { organizations } = await readRequest(fromBase64(request.spec.request));
      if (!organizations.includes("system:masters")) return undefined;
    } catch {
      return refuse(attributes, "could not parse CSR");
    }
    return refuse(attributes, "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed");
  },
};
