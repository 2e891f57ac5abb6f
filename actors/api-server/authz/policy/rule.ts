import type { PolicyRule } from "../rules.ts";

const words = (text: string): string[] => text.split(" ").filter((word) => word !== "");

/** A rule for resources. Verbs and resources are words of a text; `group` is one group or several, `core` standing for "". */
export const rule = (verbs: string, group: string, resources: string, names = ""): PolicyRule => ({
  apiGroups: words(group).map((name) => (name === "core" ? "" : name)),
  resources: words(resources).toSorted(),
  ...(names === "" ? {} : { resourceNames: words(names) }),
  verbs: words(verbs).toSorted(),
});

/** A rule for paths. */
export const pathRule = (verbs: string, urls: string): PolicyRule => ({ nonResourceURLs: words(urls), verbs: words(verbs) });

export const READ = "get list watch";
export const WRITE = "create delete deletecollection patch update";
export const READ_WRITE = `${READ} ${WRITE}`;

export const ADMISSION = "admissionregistration.k8s.io";
export const APPS = "apps";
export const AUTHENTICATION = "authentication.k8s.io";
export const AUTHORIZATION = "authorization.k8s.io";
export const BATCH = "batch";
export const CERTIFICATES = "certificates.k8s.io";
export const COORDINATION = "coordination.k8s.io";
export const DISCOVERY = "discovery.k8s.io";
export const NETWORKING = "networking.k8s.io";
export const RBAC = "rbac.authorization.k8s.io";
export const RESOURCE = "resource.k8s.io";
export const STORAGE = "storage.k8s.io";

/** To write events, of either group. */
export const eventsRule = rule("create patch update", "core events.k8s.io", "events");
