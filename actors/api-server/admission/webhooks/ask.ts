// Asks one webhook about one request. upstream: apiserver/pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go
import type { V1Status } from "#api/generated/types.ts";
import type { KubeObject, ObjectRef, Stored } from "#api/meta/object.ts";
import type { Resource } from "#api/meta/resource.ts";
import { ApiError } from "#api/meta/status.ts";
import { uuid } from "#lib/random.ts";
import type { ObjectSource } from "../../objects.ts";
import { WebhookError } from "../../webhooks/caller.ts";
import { targetWithin } from "../../webhooks/target.ts";
import type { Surroundings } from "../plugin.ts";
import type { Webhook } from "./hook.ts";
import type { Invocation } from "./match.ts";
import { answerOf, InvalidAnswer, reviewOf, type Answer, type Question } from "./review.ts";

const DEFAULT_SECONDS = 10;

/** A webhook could not be asked, or answered nonsense: its failure policy decides. */
export class FailedCall extends Error {
  override readonly name = "FailedCall";
  constructor(webhook: string, why: string) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
  }
}

/** A webhook says no. */
export class WebhookRefusal extends ApiError {}

/** The object in the version in which the webhook sees it. */
export const seen = async ({ attributes, kind }: Invocation, object: KubeObject, around: Surroundings): Promise<KubeObject> =>
  kind === attributes.kind ? object : around.convert(object, attributes.kind, kind);

const questionOf = async (invocation: Invocation, around: Surroundings): Promise<Question> => {
  const { attributes, kind, hook } = invocation;
  const { object, old } = attributes;
  return {
    uid: uuid(around.random),
    attributes,
    options: around.options,
    kind,
    object: object && (await seen(invocation, object, around)),
    old: old && (await seen(invocation, old, around)),
    versions: hook.webhook.admissionReviewVersions,
  };
};

const objectsOf = (around: Surroundings): Pick<ObjectSource, "get" | "list"> => ({
  get: <T extends KubeObject>(resource: Resource<T>, { namespace = "", name }: ObjectRef) =>
    around.find(resource, namespace, name) as Stored<T> | undefined,
  list: <T extends KubeObject>(resource: Resource<T>, namespace?: string) => around.list(resource, namespace) as Iterable<Stored<T>>,
});

const reviewed = async (
  { clientConfig, timeoutSeconds = DEFAULT_SECONDS }: Webhook,
  question: Question,
  around: Surroundings,
): Promise<unknown> =>
  around.webhooks.call(
    targetWithin(objectsOf(around), clientConfig, timeoutSeconds),
    reviewOf(question),
    timeoutSeconds * 1000,
    around.signal,
  );

/** The webhook's answer. Its warnings are told to the client. Throws: FailedCall, WebhookRefusal, ApiError. */
export const ask = async (invocation: Invocation, around: Surroundings, isMutating: boolean): Promise<Answer> => {
  const { webhook } = invocation.hook;
  const question = await questionOf(invocation, around);
  let answer: Answer;
  try {
    answer = answerOf(question, await reviewed(webhook, question, around), isMutating);
  } catch (error) {
    if (error instanceof WebhookError) throw new FailedCall(webhook.name, `failed to call webhook: ${error.message}`);
    if (error instanceof InvalidAnswer) throw new FailedCall(webhook.name, `received invalid webhook response: ${error.message}`);
    throw error;
  }
  for (const [key, value] of Object.entries(answer.auditAnnotations)) around.annotate(`${webhook.name}/${key}`, () => value);
  for (const warning of answer.warnings) around.warn(warning);
  if (!answer.allowed) throw refusalOf(webhook.name, answer.status);
  return answer;
};

/** upstream: plugin/webhook/errors/statuserror.go ToStatusErr */
const refusalOf = (webhook: string, status: V1Status): WebhookRefusal => {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const why = [status.message, status.reason].find((text) => text !== undefined && text !== "");
  return new WebhookRefusal({
    ...status,
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: why === undefined ? `${by} without explanation` : `${by}: ${why}`,
    code: Math.max(status.code ?? 0, 400),
  });
};
