// Deletes bootstrap tokens whose time is over. upstream: pkg/controller/bootstrap/tokencleaner.go
import { fromBase64 } from "#api/core/v1/base64.ts";
import { secrets, type Secret } from "#api/core/v1/secret.ts";
import type { Stored } from "#api/meta/object.ts";
import { changesOf, defineController, ownKey, type Requeue } from "#lib/controller.ts";

type Action = { readonly do: "delete"; readonly secret: Stored<Secret> };

/** Pure: whether a token's time is over, or when it will be. */
const decide = (secret: Stored<Secret>, nowMs: number): readonly (Action | Requeue)[] => {
  const endsAt = Date.parse(fromBase64(secret.data?.["expiration"] ?? ""));
  if (Number.isNaN(endsAt)) return [];
  return endsAt <= nowMs ? [{ do: "delete", secret }] : [{ do: "requeue", afterMs: endsAt - nowMs }];
};

/** Cleans up bootstrap tokens. */
export const tokenCleaner = defineController<Stored<Secret>, Action>("token-cleaner", ({ informers }) => {
  const tokens = informers.of(secrets, { namespace: "kube-system", fieldSelector: "type=bootstrap.kubernetes.io/token" });
  return {
    watches: [changesOf(tokens, ownKey)],
    observe: (key) => tokens.get(key),
    decide,
    act: ({ secret: { metadata } }, { client, signal }) =>
      client.delete(secrets, metadata, { preconditions: { uid: metadata.uid, resourceVersion: metadata.resourceVersion } }, signal),
  };
});
