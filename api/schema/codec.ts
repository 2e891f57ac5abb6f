// How the bodies of one kind are read: by the generated schema of a kind of Kubernetes' own, or by the schema that a kind of
// the cluster's own brings with it.
import type { JsonObject } from "#api/meta/json.ts";
import { modelShape, type Shape } from "#api/apply/shape.ts";
import { type Decoded, decodeModel } from "./compile.ts";
import { modelParts } from "./models.ts";

/** Reads objects of one kind in one version. */
export type Codec = {
  readonly kind: string;
  readonly version: string;
  /**
   * The object as it is stored, and the paths of the fields that were left out because no schema knows them. What is given is
   * not changed. Throws: DecodeError for a value of a wrong type.
   */
  readonly decode: (value: JsonObject) => Decoded;
  /** How its objects merge when they are applied. */
  readonly shape: Shape;
};

const known = new Map<string, Codec>();

/** The codec of a model (`V1Deployment`). */
export const modelCodec = (model: string): Codec => {
  const found = known.get(model);
  if (found !== undefined) return found;
  const { kind, version } = modelParts(model);
  const codec: Codec = { kind, version, decode: (value) => decodeModel(model, value), shape: modelShape(model) };
  known.set(model, codec);
  return codec;
};

/** The codec of a kind's own bodies. */
export const codecOf = ({ codec, model }: { readonly codec?: Codec | undefined; readonly model: string }): Codec =>
  codec ?? modelCodec(model);
