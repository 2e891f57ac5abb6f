// Roles around certificate requests: who may make them, and who may approve those of a signer.
// upstream: bootstrappolicy/policy.go ClusterRoles
import { CERTIFICATES, READ, rule } from "./rule.ts";
import type { PolicyRole } from "./user-roles.ts";

const REQUESTS = "certificatesigningrequests";
const PREFIX = "system:certificates.k8s.io";

const approver = (signer: string): PolicyRole => ({
  name: `${PREFIX}:${signer}-approver`,
  rules: [rule("approve", CERTIFICATES, "signers", `kubernetes.io/${signer}`)],
});

const requester = (name: string): PolicyRole => ({
  name: `${PREFIX}:${REQUESTS}:${name}`,
  rules: [rule("create", CERTIFICATES, `${REQUESTS}/${name}`)],
});

/** Roles that administrators bind; nobody has them at first. */
export const CERTIFICATE_ROLES: readonly PolicyRole[] = [
  { name: "system:node-bootstrapper", rules: [rule(`create ${READ}`, CERTIFICATES, REQUESTS)] },
  requester("nodeclient"),
  requester("selfnodeclient"),
  ...["kube-apiserver-client", "kube-apiserver-client-kubelet", "kubelet-serving", "legacy-unknown"].map(approver),
];
