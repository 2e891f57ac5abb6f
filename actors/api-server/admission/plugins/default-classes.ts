// DefaultStorageClass and DefaultIngressClass: who names no class gets the default one, if there is one.
// upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go, plugin/pkg/admission/network/defaultingressclass/admission.go
import {
  CLASS_ANNOTATION as STORAGE_CLASS,
  persistentVolumeClaims,
  type PersistentVolumeClaim,
} from "#api/core/v1/persistent-volume-claim.ts";
import type { Draft } from "#api/meta/object.ts";
import { ingressClasses } from "#api/networking/v1/ingress-class.ts";
import { CLASS_ANNOTATION as INGRESS_CLASS, ingresses, type Ingress } from "#api/networking/v1/ingress.ts";
import { isDefaultClass, newestOf } from "#api/storage/v1/default-class.ts";
import { storageClasses } from "#api/storage/v1/storage-class.ts";
import { isFor, type Attributes, type Plugin, type Surroundings } from "../plugin.ts";

const IS_DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class";

/** A claim that names its class, if only by an empty name, asks for no other. */
const isOpenClaim = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  spec?.storageClassName === undefined && metadata?.annotations?.[STORAGE_CLASS] === undefined;

const admitClaim = (attributes: Attributes, around: Surroundings): undefined => {
  const claim = attributes.object as Draft<PersistentVolumeClaim>;
  if (attributes.operation !== "CREATE" || !isFor(attributes, persistentVolumeClaims) || !isOpenClaim(claim)) return;
  const found = newestOf([...around.list(storageClasses)].filter((one) => isDefaultClass("storageclass", one)));
  const name = found?.metadata?.name;
  if (name !== undefined) claim.spec = { ...claim.spec, storageClassName: name };
};

/** Gives claims the default storage class. */
export const defaultStorageClass: Plugin = { name: "DefaultStorageClass", admit: admitClaim };

const isOpenIngress = ({ metadata, spec }: Ingress): boolean =>
  spec?.ingressClassName === undefined && metadata?.annotations?.[INGRESS_CLASS] === undefined;

const admitIngress = (attributes: Attributes, around: Surroundings): undefined => {
  const ingress = attributes.object as Draft<Ingress>;
  if (attributes.operation !== "CREATE" || !isFor(attributes, ingresses) || !isOpenIngress(ingress)) return;
  const defaults = [...around.list(ingressClasses)].filter((one) => one.metadata?.annotations?.[IS_DEFAULT_INGRESS_CLASS] === "true");
  const name = newestOf(defaults)?.metadata?.name;
  if (name !== undefined) ingress.spec = { ...ingress.spec, ingressClassName: name };
};

/** Gives Ingresses the default class. */
export const defaultIngressClass: Plugin = { name: "DefaultIngressClass", admit: admitIngress };
