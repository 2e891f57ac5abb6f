// Versions of a custom resource that a webhook makes of one another. What it has answered is remembered for a while, so that
// what reads objects need not wait: it is asked before, for all of them at once.
// upstream: apiextensions-apiserver/pkg/apiserver/conversion/webhook_converter.go
import type { V1CustomResourceDefinition } from "#api/generated/types.ts";
import { isJsonObject } from "#api/meta/json.ts";
import type { KubeObject, ObjectMeta } from "#api/meta/object.ts";
import { apiVersionOf } from "#api/meta/resource.ts";
import { internal, unexplained } from "#api/meta/status.ts";
import { uuid, type Random } from "#lib/random.ts";
import type { ObjectSource } from "../objects.ts";
import { WebhookError, type WebhookCaller } from "./caller.ts";
import { targetWithin } from "./target.ts";

/** upstream: webhook_converter.go, the client's timeout */
const TIMEOUT_MS = 30_000;
/** Answers that are remembered, or twice as many as were asked for together, so that none goes before it is read. */
const MOST_REMEMBERED = 2_000;
/** Objects are sent together until they are as long as this, in characters: answers are limited. */
const MOST_TOGETHER = 500_000;

export type ConversionPorts = { readonly caller: WebhookCaller; readonly objects: ObjectSource; readonly random: Random };

type Answered = { readonly uid?: unknown; readonly convertedObjects?: unknown; readonly result?: unknown };
type Result = { readonly status?: string; readonly message?: string };

/** What a webhook may not change of an object. upstream: validateConvertedObject */
const FIXED = ["name", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"] as const;

/** The conversions of one definition. */
export class WebhookConversion {
  readonly #definition: V1CustomResourceDefinition;
  readonly #ports: ConversionPorts;
  readonly #answers = new Map<string, KubeObject>();
  #room = MOST_REMEMBERED;

  constructor(definition: V1CustomResourceDefinition, ports: ConversionPorts) {
    this.#definition = definition;
    this.#ports = ports;
  }

  /** Asks for what `convert` is to answer. Throws: InternalError with the webhook's reason. */
  async ready(objects: readonly KubeObject[], version: string): Promise<void> {
    const wanted = this.#apiVersion(version);
    this.#room = Math.max(this.#room, 2 * objects.length);
    const missing = new Map<string, KubeObject>();
    for (const object of objects) {
      if (object.apiVersion === wanted) continue;
      const key = keyOf(object, wanted);
      const known = this.#answers.get(key);
      if (known === undefined) missing.set(key, object);
      else this.#remember(key, known);
    }
    for (const together of parted([...missing])) {
      const converted = await this.#ask(
        together.map(([, object]) => object),
        wanted,
      );
      for (const [index, [key]] of together.entries()) this.#remember(key, converted[index] ?? {});
    }
  }

  /** The object in a version, for which it was made ready. */
  readonly convert = (object: KubeObject, version: string): KubeObject => {
    const wanted = this.#apiVersion(version);
    if (object.apiVersion === wanted) return object;
    const answer = this.#answers.get(keyOf(object, wanted));
    if (answer === undefined) throw internal(new Error(`${object.metadata?.name ?? ""} was not converted to ${wanted} before it was read`));
    return structuredClone(answer);
  };

  #apiVersion(version: string): string {
    return apiVersionOf({ group: this.#definition.spec.group, version });
  }

  /** The newest stand last. */
  #remember(key: string, answer: KubeObject): void {
    this.#answers.delete(key);
    this.#answers.set(key, answer);
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > this.#room && oldest !== undefined) this.#answers.delete(oldest);
  }

  async #ask(objects: readonly KubeObject[], desiredAPIVersion: string): Promise<readonly KubeObject[]> {
    const { caller, objects: source, random } = this.#ports;
    const config = this.#definition.spec.conversion?.webhook?.clientConfig;
    const uid = uuid(random);
    const review = { kind: "ConversionReview", apiVersion: "apiextensions.k8s.io/v1", request: { uid, desiredAPIVersion, objects } };
    try {
      const answer = await caller.call(
        targetWithin(source, config ?? {}, TIMEOUT_MS / 1000),
        review,
        TIMEOUT_MS,
        AbortSignal.timeout(TIMEOUT_MS),
      );
      return checked(answer, { uid, desiredAPIVersion, objects });
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error;
      const from = objects[0]?.apiVersion ?? "";
      throw unexplained(`conversion webhook for ${from}, Kind=${this.#definition.spec.names.kind} failed: ${error.message}`);
    }
  }
}

const keyOf = (object: KubeObject, apiVersion: string): string => `${apiVersion} ${JSON.stringify(object)}`;

type Keyed = readonly [key: string, object: KubeObject];

/** The objects in parts that are not too long to be sent together; each key is as long as its object. */
const parted = (objects: readonly Keyed[]): readonly (readonly Keyed[])[] => {
  const parts: Keyed[][] = [];
  let length = Infinity;
  for (const one of objects) {
    length += one[0].length;
    if (length > MOST_TOGETHER) {
      parts.push([]);
      length = one[0].length;
    }
    parts.at(-1)?.push(one);
  }
  return parts;
};

type Asked = { readonly uid: string; readonly desiredAPIVersion: string; readonly objects: readonly KubeObject[] };

/** Throws: WebhookError. */
const answerOf = (review: unknown, uid: string): readonly unknown[] => {
  const response = isJsonObject(review) && isJsonObject(review["response"]) ? (review["response"] as Answered) : undefined;
  if (response === undefined) throw new WebhookError("expected webhook response to be a ConversionReview with a response");
  if (response.uid !== uid) throw new WebhookError(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid)}`);
  const { status, message = "response.result.status was not Success" } = isJsonObject(response.result) ? (response.result as Result) : {};
  if (status !== "Success") throw new WebhookError(message);
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : [];
};

/** Throws: WebhookError. */
const checked = (review: unknown, { uid, desiredAPIVersion, objects }: Asked): readonly KubeObject[] => {
  const converted = answerOf(review, uid);
  if (converted.length !== objects.length) {
    throw new WebhookError(`webhook returned ${converted.length} objects, expected ${objects.length}`);
  }
  return objects.map((object, index) => checkedObject(object, converted[index], desiredAPIVersion));
};

const invalidObject = (why: string): WebhookError => new WebhookError(`webhook returned invalid converted object: ${why}`);

const checkedObject = (before: KubeObject, after: unknown, apiVersion: string): KubeObject => {
  if (!isJsonObject(after)) throw invalidObject("it is none");
  const object: KubeObject = after;
  if (object.apiVersion !== apiVersion) throw invalidObject(`invalid groupVersion (${object.apiVersion})`);
  if (object.kind !== before.kind) throw invalidObject(`invalid kind (${object.kind})`);
  const changed = FIXED.find((field) => object.metadata?.[field] !== before.metadata?.[field]);
  if (changed !== undefined) throw invalidObject(`metadata.${changed} must not be changed`);
  return { ...object, metadata: withTexts(before.metadata, object.metadata) };
};

// Only labels and annotations are the webhook's to change.
const withTexts = (before: ObjectMeta = {}, { labels, annotations }: ObjectMeta = {}): ObjectMeta => {
  const { labels: _labels, annotations: _annotations, ...kept } = before;
  return { ...kept, ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) };
};
