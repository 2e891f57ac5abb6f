// Every namespace has the ConfigMap `kube-root-ca.crt` with the cluster's CA, which pods mount beside their token.
// upstream: pkg/controller/certificates/rootcacertpublisher/publisher.go
import { configMaps, type ConfigMap } from "#api/core/v1/config-map.ts";
import { namespaces, type Namespace } from "#api/core/v1/namespace.ts";
import type { Stored } from "#api/meta/object.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition } from "#lib/controller.ts";

const NAME = "kube-root-ca.crt";
const DESCRIPTION =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

type Observed = { readonly namespace: Stored<Namespace>; readonly found: Stored<ConfigMap> | undefined };
type Action = { readonly do: "create"; readonly object: ConfigMap } | { readonly do: "update"; readonly object: ConfigMap };

/** Pure: what a namespace's ConfigMap lacks. */
export const decide = ({ namespace, found }: Observed, certificate: string): readonly Action[] => {
  if (namespace.metadata.deletionTimestamp !== undefined) return [];
  const data = { "ca.crt": certificate };
  const metadata = { namespace: namespace.metadata.name, name: NAME, annotations: { "kubernetes.io/description": DESCRIPTION } };
  if (found === undefined) return [{ do: "create", object: { metadata, data } }];
  return found.data?.["ca.crt"] === certificate ? [] : [{ do: "update", object: { ...found, data } }];
};

/** @param certificate the CA's certificate, PEM */
export const rootCaPublisher = (certificate: string): ControllerDefinition =>
  defineController<Observed, Action>("root-ca-cert-publisher", ({ informers }) => {
    const spaces = informers.of(namespaces);
    const maps = informers.of(configMaps);
    return {
      watches: [
        changesOf(spaces, ownKey),
        changesOf(
          maps,
          ({ metadata }) => [metadata.namespace ?? ""],
          ({ object }) => object.metadata.name === NAME,
        ),
      ],
      observe: (key) => {
        const namespace = spaces.get(key);
        return namespace === undefined ? undefined : { namespace, found: maps.get(`${key}/${NAME}`) };
      },
      decide: (observed) => decide(observed, certificate),
      act: async ({ do: what, object }, { client, signal }) => {
        await (what === "create" ? client.create(configMaps, object, {}, signal) : client.update(configMaps, object, {}, signal));
      },
    };
  });
