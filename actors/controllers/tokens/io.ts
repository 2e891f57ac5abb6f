// Fills Secrets of type kubernetes.io/service-account-token with a token of their account, and deletes those whose account is
// gone. upstream: pkg/controller/serviceaccount/tokens_controller.go
import { fromBase64, toBase64 } from "#api/core/v1/base64.ts";
import { secrets, type Secret } from "#api/core/v1/secret.ts";
import { serviceAccounts, type ServiceAccount } from "#api/core/v1/service-account.ts";
import { objectKey, type Stored } from "#api/meta/object.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition } from "#lib/controller.ts";
import { LEGACY, signLegacyToken } from "#lib/pki/legacy-token.ts";

const NAME = "kubernetes.io/service-account.name";
const UID = "kubernetes.io/service-account.uid";

type Observed = { readonly secret: Stored<Secret>; readonly account: Stored<ServiceAccount> | undefined };
type Action = {
  readonly do: "fill" | "delete";
  readonly secret: Stored<Secret>;
  readonly account: Stored<ServiceAccount> | undefined;
};

const isOf = ({ metadata }: Secret, uid: string): boolean => [undefined, "", uid].includes(metadata?.annotations?.[UID]);

/** What the Secret is to say beside its token. */
const isRight = ({ data, metadata }: Stored<Secret>, uid: string, certificate: string): boolean =>
  data?.["ca.crt"] === toBase64(certificate) &&
  data["namespace"] === toBase64(metadata.namespace ?? "") &&
  metadata.annotations?.[UID] === uid;

/** Pure: what one Secret lacks. */
const decide = ({ secret, account }: Observed, certificate: string): readonly Action[] => {
  if (secret.metadata.deletionTimestamp !== undefined) return [];
  if (account === undefined || !isOf(secret, account.metadata.uid)) return [{ do: "delete", secret, account }];
  const isFull = (secret.data?.["token"] ?? "") !== "" && isRight(secret, account.metadata.uid, certificate);
  return isFull ? [] : [{ do: "fill", secret, account }];
};

type TokenFiller = { readonly certificate: string; readonly signingKey: () => string };

/** Keeps the Secrets of service accounts. `signingKey`: the private key of tokens, PEM, read when it is first needed. */
export const tokensController = ({ certificate, signingKey }: TokenFiller): ControllerDefinition =>
  defineController<Observed, Action>("serviceaccount-token-controller", ({ informers }) => {
    const accountKey = ({ metadata: { namespace = "", annotations } }: Stored): string => `${namespace}/${annotations?.[NAME] ?? ""}`;
    const held = informers.of(secrets, {
      fieldSelector: "type=kubernetes.io/service-account-token",
      indexers: { account: (secret) => [accountKey(secret)] },
    });
    const accounts = informers.of(serviceAccounts);
    return {
      watches: [changesOf(held, ownKey), changesOf(accounts, (account) => held.byIndex("account", objectKey(account)).map(objectKey))],
      observe: (key) => {
        const secret = held.get(key);
        return secret === undefined ? undefined : { secret, account: accounts.get(accountKey(secret)) };
      },
      decide: (observed) => decide(observed, certificate),
      act: async ({ do: what, secret, account }, { client, signal }) => {
        const { uid, resourceVersion } = secret.metadata;
        if (what === "delete" || account === undefined) {
          return client.delete(secrets, secret.metadata, { preconditions: { uid, resourceVersion } }, signal);
        }
        return client.update(secrets, await filled(secret, account, { certificate, signingKey }), {}, signal);
      },
    };
  });

const filled = async (
  secret: Stored<Secret>,
  account: Stored<ServiceAccount>,
  { certificate, signingKey }: TokenFiller,
): Promise<Secret> => {
  const { namespace = "", name, annotations } = secret.metadata;
  const present = fromBase64(secret.data?.["token"] ?? "");
  const token =
    present ||
    (await signLegacyToken(signingKey(), {
      [LEGACY.namespace]: namespace,
      [LEGACY.secret]: name,
      [LEGACY.account]: account.metadata.name,
      [LEGACY.uid]: account.metadata.uid,
    }));
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [UID]: account.metadata.uid } },
    data: { ...secret.data, token: toBase64(token), "ca.crt": toBase64(certificate), namespace: toBase64(namespace) },
  };
};
