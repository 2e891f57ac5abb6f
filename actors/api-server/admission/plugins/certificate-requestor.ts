// A certificate request says who made it: what its signer decides by. Whatever the client wrote there does not count.
// upstream: pkg/registry/certificates/certificates/strategy.go PrepareForCreate, which knows the user of a request
import { certificateSigningRequests, type CertificateSigningRequest } from "#api/certificates/v1/certificate-signing-request.ts";
import type { Draft } from "#api/meta/object.ts";
import { isFor, type Attributes, type Plugin } from "../plugin.ts";

const admit = (attributes: Attributes): undefined => {
  const { operation, object, user } = attributes;
  if (operation !== "CREATE" || object === undefined || !isFor(attributes, certificateSigningRequests)) return;
  const draft = object as Draft<CertificateSigningRequest>;
  const {
    username: _name,
    uid: _uid,
    groups: _groups,
    extra: _extra,
    ...asked
  } = draft.spec ?? ({} as Draft<CertificateSigningRequest>["spec"]);
  draft.spec = {
    ...asked,
    username: user.name,
    groups: [...user.groups],
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    ...(user.extra === undefined ? {} : { extra: structuredClone(user.extra) as { [key: string]: string[] } }),
  };
};

export const certificateRequestor: Plugin = { name: "CertificateRequestor", admit };
