// Reads and writes of the certificate controller: requests, what they ask for, whether who asks may have it without anybody's
// approval, and the cluster's CA that signs.
import { subjectAccessReviews } from "#api/authorization/v1/subject-access-review.ts";
import { certificateSigningRequests, type CertificateSigningRequest } from "#api/certificates/v1/certificate-signing-request.ts";
import { fromBase64, toBase64 } from "#api/core/v1/base64.ts";
import type { Stored } from "#api/meta/object.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition, type Reach } from "#lib/controller.ts";
import type { Authority } from "#lib/pki/authority.ts";
import { expiryOf } from "#lib/pki/expiry.ts";
import { readRequest, type CertificateRequest } from "#lib/pki/request.ts";
import { decide, isPending, isToSign, type Action, type Observed } from "./decide.ts";
import { KUBELET_CLIENT, kubeletClientRefusal, SIGNERS } from "./signers.ts";

type Request = Stored<CertificateSigningRequest>;

const requestOf = (csr: CertificateSigningRequest): string => fromBase64(csr.spec.request);

/** What cannot be read is refused by who decides. */
const askedBy = async (csr: Request): Promise<CertificateRequest | undefined> => {
  const matters = SIGNERS[csr.spec.signerName] !== undefined && (isPending(csr) || isToSign(csr));
  return matters ? readRequest(requestOf(csr)).catch(() => undefined) : undefined;
};

/** What a node may get without anybody, if it has the right: in this order. upstream: sarapprove.recognizers */
const RECOGNIZERS = [
  { right: "selfnodeclient", isOwn: true, message: "Auto approving self kubelet client certificate after SubjectAccessReview." },
  { right: "nodeclient", isOwn: false, message: "Auto approving kubelet client certificate after SubjectAccessReview." },
];

const recognize = async (csr: Request, asked: CertificateRequest | undefined, reach: Reach): Promise<string | undefined> => {
  const { signerName, usages = [], username } = csr.spec;
  if (!isPending(csr) || signerName !== KUBELET_CLIENT || asked === undefined) return undefined;
  if (kubeletClientRefusal(asked, usages) !== undefined) return undefined;
  for (const { right, isOwn, message } of RECOGNIZERS) {
    if ((!isOwn || username === asked.commonName) && (await mayHave(csr, right, reach))) return message;
  }
  return undefined;
};

const mayHave = async ({ spec }: Request, subresource: string, { client, signal }: Reach): Promise<boolean> => {
  const resourceAttributes = { group: "certificates.k8s.io", resource: "certificatesigningrequests", verb: "create", subresource };
  const { username: user, uid, groups, extra } = spec;
  const review = await client.create(subjectAccessReviews, { spec: { user, uid, groups, extra, resourceAttributes } }, {}, signal);
  return review.status?.allowed === true;
};

const endOf = ({ status }: Request): number | undefined => {
  try {
    return (status?.certificate ?? "") === "" ? undefined : expiryOf(fromBase64(status?.certificate ?? ""));
  } catch {
    return undefined; // another signer's, and not readable
  }
};

/** Approves what nodes may have, signs what is approved, forgets what is done. `authority` is asked for when it first signs. */
export const certificateController = (authority: () => Promise<Authority>): ControllerDefinition =>
  defineController<Observed, Action>("certificate-controller", ({ informers }) => {
    const requests = informers.of(certificateSigningRequests);
    return {
      watches: [changesOf(requests, ownKey)],
      observe: async (key, reach) => {
        const csr = requests.get(key);
        if (csr === undefined) return undefined;
        const asked = await askedBy(csr);
        return { csr, asked, recognized: await recognize(csr, asked, reach), endsAt: endOf(csr) };
      },
      decide,
      act: async (action, { client, signal }) => {
        const { csr } = action;
        if (action.do === "delete") return client.delete(certificateSigningRequests, csr.metadata, {}, signal);
        if (action.do === "approve") return client.update(certificateSigningRequests, csr, { subresource: "approval" }, signal);
        const next = action.do === "fail" ? csr : await signed(csr, action.lifeMs, authority);
        return client.update(certificateSigningRequests, next, { subresource: "status" }, signal);
      },
    };
  });

const signed = async (csr: Request, lifeMs: number, authority: () => Promise<Authority>): Promise<Request> => {
  const signer = await authority();
  const certificate = await signer.issue(requestOf(csr), { usages: csr.spec.usages ?? [], lifeMs });
  return { ...csr, status: { ...csr.status, certificate: toBase64(certificate) } };
};
