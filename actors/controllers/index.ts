// Every controller of the controller manager.
import type { ControllerDefinition } from "#lib/controller.ts";
import type { Authority } from "#lib/pki/authority.ts";
import { bootstrapSigner } from "./bootstrap-signer/io.ts";
import { certificateController } from "./certificates/io.ts";
import { clusterRoleAggregationController } from "./cluster-role-aggregation/io.ts";
import { cronJobController } from "./cronjob/io.ts";
import { customResourceController } from "./custom-resources/io.ts";
import { deploymentController } from "./deployment/io.ts";
import { endpointSliceMirroringController } from "./endpoint-slice-mirroring/io.ts";
import { endpointSliceController } from "./endpoint-slice/io.ts";
import { endpointsController } from "./endpoints/io.ts";
import { garbageCollector } from "./garbage-collector/io.ts";
import { namespaceController } from "./namespace/io.ts";
import type { Ranges } from "./node-ipam/decide.ts";
import { nodeIpamController } from "./node-ipam/io.ts";
import type { Grace } from "./node-lifecycle/decide.ts";
import { nodeLifecycleController } from "./node-lifecycle/io.ts";
import { podGarbageCollector } from "./pod-gc/io.ts";
import { replicaSetController, replicationController } from "./replicaset/io.ts";
import { resourceQuotaController } from "./resource-quota/io.ts";
import { rootCaPublisher } from "./root-ca/io.ts";
import { claimProtectionController, classProtectionController, volumeProtectionController } from "./storage-protection/io.ts";
import { serviceCidrsController } from "./service-cidrs/io.ts";
import { serviceAccountController } from "./service-account/io.ts";
import { tokenCleaner } from "./token-cleaner/io.ts";
import { tokensController } from "./tokens/io.ts";
import { validatingPolicyStatusController } from "./validating-policy-status/io.ts";

/** What the controllers must be told of the cluster. */
export type ControllersConfig = {
  /** The cluster's CA certificate, PEM. */
  readonly certificate: string;
  /** Signs certificates that are asked for; without it nobody does. */
  readonly authority?: (() => Promise<Authority>) | undefined;
  /** The private key of service account tokens, PEM; without it Secrets get none. */
  readonly signingKey?: (() => string) | undefined;
  readonly podRanges: Ranges;
  /** How long nodes may be silent. Default: as upstream. */
  readonly nodeGrace?: Grace | undefined;
};

/** The controllers of one cluster. */
export const controllersOf = ({
  certificate,
  authority,
  signingKey,
  podRanges,
  nodeGrace,
}: ControllersConfig): readonly ControllerDefinition[] => [
  deploymentController,
  replicaSetController,
  replicationController,
  cronJobController,
  endpointSliceController,
  endpointsController,
  endpointSliceMirroringController,
  serviceAccountController,
  rootCaPublisher(certificate),
  nodeIpamController(podRanges),
  nodeLifecycleController(nodeGrace),
  namespaceController,
  garbageCollector,
  podGarbageCollector,
  clusterRoleAggregationController,
  customResourceController,
  validatingPolicyStatusController,
  resourceQuotaController,
  claimProtectionController,
  volumeProtectionController,
  classProtectionController,
  serviceCidrsController,
  tokenCleaner,
  bootstrapSigner,
  ...(signingKey === undefined ? [] : [tokensController({ certificate, signingKey })]),
  ...(authority === undefined ? [] : [certificateController(authority)]),
];
