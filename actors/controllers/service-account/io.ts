// Every namespace has the ServiceAccount `default`. upstream: pkg/controller/serviceaccount/serviceaccounts_controller.go
import { namespaces, type Namespace } from "#api/core/v1/namespace.ts";
import { serviceAccounts } from "#api/core/v1/service-account.ts";
import type { Stored } from "#api/meta/object.ts";
import { isReason } from "#api/meta/status.ts";
import { changesOf, defineController, ownKey } from "#lib/controller.ts";

type Observed = { readonly namespace: Stored<Namespace>; readonly has: boolean };
type Action = { readonly do: "create"; readonly namespace: string };

/** Pure: what a namespace lacks. */
export const decide = ({ namespace, has }: Observed): readonly Action[] =>
  has || namespace.metadata.deletionTimestamp !== undefined ? [] : [{ do: "create", namespace: namespace.metadata.name }];

/** Keeps the default ServiceAccounts. */
export const serviceAccountController = defineController<Observed, Action>("service-account-controller", ({ informers }) => {
  const spaces = informers.of(namespaces);
  const accounts = informers.of(serviceAccounts);
  return {
    watches: [
      changesOf(spaces, ownKey),
      changesOf(
        accounts,
        ({ metadata }) => [metadata.namespace ?? ""],
        ({ type }) => type === "deleted",
      ),
    ],
    observe: (key) => {
      const namespace = spaces.get(key);
      return namespace === undefined ? undefined : { namespace, has: accounts.get(`${key}/default`) !== undefined };
    },
    decide,
    act: async ({ namespace }, { client, signal }) => {
      await client.create(serviceAccounts, { metadata: { namespace, name: "default" } }, {}, signal).catch((error: unknown) => {
        if (!isReason(error, "AlreadyExists")) throw error;
      });
    },
  };
});
