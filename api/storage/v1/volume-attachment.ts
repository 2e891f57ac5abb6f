import { checkVolumeSource } from "#api/core/v1/persistent-volume-validate.ts";
import type { V1VolumeAttachment, V1VolumeAttachmentSource, V1VolumeError } from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { eachKey, immutable, neededAs, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { invalidValue, required, tooLong } from "#api/meta/field-error.ts";
import { dns1123Subdomain } from "#api/meta/names.ts";
import { utf8Bytes } from "#api/meta/size.ts";
import { checkDriverName } from "./csi-driver-name.ts";

export type VolumeAttachment = V1VolumeAttachment;

const MAX_MESSAGE_BYTES = 1024;
const MAX_METADATA_BYTES = 256 * 1024;

function* checkSource(path: string, source: V1VolumeAttachmentSource): Check {
  const { inlineVolumeSpec, persistentVolumeName } = source;
  if (inlineVolumeSpec === undefined && (persistentVolumeName ?? "") === "") {
    yield required(path, "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
  } else if (inlineVolumeSpec !== undefined && persistentVolumeName !== undefined) {
    yield invalidValue(path, source, "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
  }
  if (persistentVolumeName !== undefined) yield* neededAs(`${path}.persistentVolumeName`, persistentVolumeName, dns1123Subdomain);
  if (inlineVolumeSpec !== undefined) yield* checkVolumeSource(`${path}.inlineVolumeSpec`, inlineVolumeSpec);
}

function* checkError(path: string, error: V1VolumeError | undefined): Check {
  if (error === undefined) return;
  const { message = "", errorCode } = error;
  if (utf8Bytes(message) > MAX_MESSAGE_BYTES) yield tooLong(`${path}.message`, MAX_MESSAGE_BYTES);
  if (errorCode !== undefined && errorCode < 0) yield invalidValue(`${path}.errorCode`, errorCode, "must be greater than or equal to 0");
}

function* checkMetadata(path: string, metadata: { readonly [key: string]: string } | undefined): Check {
  let bytes = 0;
  for (const [key, value, at] of eachKey(path, metadata)) {
    if (key === "") yield required(at);
    bytes += utf8Bytes(key) + utf8Bytes(value);
  }
  if (bytes > MAX_METADATA_BYTES) yield tooLong(path, MAX_METADATA_BYTES);
}

/** upstream: pkg/apis/storage/validation/validation.go (ValidateVolumeAttachment, …Update) */
function* check({ spec, status }: VolumeAttachment, old: VolumeAttachment | undefined): Check {
  yield* checkDriverName("spec.attacher", spec?.attacher);
  yield* checkSource("spec.source", spec?.source ?? {});
  yield* neededAs("spec.nodeName", spec?.nodeName, dns1123Subdomain);
  yield* checkError("status.attachError", status?.attachError);
  yield* checkError("status.detachError", status?.detachError);
  yield* checkMetadata("status.attachmentMetadata", status?.attachmentMetadata);
  if (old !== undefined) yield* immutable("spec", spec, old.spec);
}

const doc = (field: string): string => docOf("V1VolumeAttachmentSpec", field);

/** VolumeAttachments: the wish that a volume be attached to a node. */
export const volumeAttachments: Kind<VolumeAttachment> = {
  group: "storage.k8s.io",
  version: "v1",
  resource: "volumeattachments",
  kind: "VolumeAttachment",
  namespaced: false,
  singular: "volumeattachment",
  listKind: "VolumeAttachmentList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1VolumeAttachment",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Attacher", "string", doc("attacher"), ({ spec }) => spec?.attacher ?? ""),
    column("PV", "string", "source represents the volume that should be attached.", ({ spec }) => spec?.source?.persistentVolumeName ?? ""),
    column("Node", "string", doc("nodeName"), ({ spec }) => spec?.nodeName ?? ""),
    column("Attached", "boolean", docOf("V1VolumeAttachmentStatus", "attached"), ({ status }) => status?.attached ?? false),
    ageColumn,
  ],
  validate: (object, old) => [...check(object, old)],
  strategy: {
    generation: false,
    returnsDeleted: true,
    requiresRevision: true,
    prepareForCreate: (draft) => void (draft.status = { attached: false }),
  },
};
