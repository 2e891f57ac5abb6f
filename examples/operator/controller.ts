// What the statechart needs to be a controller: what wakes it, what it sees, how it acts.
import { deployments, type Deployment } from "../../api/apps/v1/deployment.ts";
import { apiVersionOf } from "../../api/meta/resource.ts";
import type { Stored } from "../../api/meta/object.ts";
import { changesOf, defineController, ownerKey, ownKey, type Reach } from "../../lib/controller.ts";
import { decide, type Action, type Observed } from "./machine.ts";
import { websites, type Website } from "./website.ts";

/** The Deployment of a Website: what is applied, and nothing else. */
const deploymentOf = ({ metadata: { name, namespace, uid }, spec }: Stored<Website>): Deployment => ({
  metadata: {
    name,
    namespace,
    ownerReferences: [{ apiVersion: apiVersionOf(websites), kind: websites.kind, name, uid, controller: true, blockOwnerDeletion: true }],
  },
  spec: {
    replicas: spec.replicas,
    selector: { matchLabels: { website: name } },
    template: {
      metadata: { labels: { website: name } },
      spec: { containers: [{ name: "web", image: spec.image, ports: [{ containerPort: 8080 }] }] },
    },
  },
});

const apply = (website: Stored<Website>, { client, signal }: Reach): Promise<unknown> => {
  const { namespace, name } = website.metadata;
  const body = { apiVersion: apiVersionOf(deployments), kind: deployments.kind, ...deploymentOf(website) };
  const patch = { type: "application/apply-patch+yaml", body, fieldManager: "website-operator", force: true } as const;
  return client.patch(deployments, { namespace, name }, patch, signal);
};

const act = (action: Action, reach: Reach): Promise<unknown> => {
  if (action.do !== "report") return apply(action.website, reach);
  const { namespace, name } = action.website.metadata;
  const patch = { type: "application/merge-patch+json", subresource: "status", body: { status: action.status } } as const;
  return reach.client.patch(websites, { namespace, name }, patch, reach.signal);
};

/** Keeps a Deployment for each Website. */
export const websiteController = defineController<Observed, Action>("website-operator", ({ informers }) => {
  const sites = informers.of(websites);
  const workloads = informers.of(deployments);
  return {
    watches: [changesOf(sites, ownKey), changesOf(workloads, ownerKey(websites))],
    observe: (key) => {
      const website = sites.get(key);
      return website === undefined ? undefined : { website, deployment: workloads.get(key) };
    },
    decide,
    act,
  };
});
