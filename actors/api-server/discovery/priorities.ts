// How important the groups and versions that this server answers for are beside those of others: as their APIServices say,
// which an administrator may have changed; until there are any, as is built in.
import { apiServices } from "#api/apiregistration/v1/api-service.ts";
import { builtInPriority, CUSTOM_PRIORITY, type Priority } from "#api/apiregistration/v1/priorities.ts";
import { deepEqual } from "#api/meta/equal.ts";
import { serviceName } from "../aggregation/registered.ts";
import type { ObjectSource } from "../objects.ts";

export type PriorityOf = (group: string, version: string) => Priority;

/** The group of the APIServices themselves, which has none. upstream: handler_discovery.go APIRegistrationGroupPriority */
const REGISTRATION = "apiregistration.k8s.io";
const REGISTRATION_PRIORITY: Priority = { group: 20_000, version: 0 };

/** As long as no APIService says anything. */
export const initialPriority: PriorityOf = (group, version) =>
  builtInPriority(group, version) ?? (group === REGISTRATION ? REGISTRATION_PRIORITY : CUSTOM_PRIORITY);

/** Follows the APIServices of this server's own groups and versions. */
export class Priorities {
  readonly #said = new Map<string, Priority>();
  readonly #listeners: (() => void)[] = [];

  constructor(objects: ObjectSource) {
    objects.follow(apiServices, ({ name }, service) => {
      const { groupPriorityMinimum: group = 0, versionPriority: version = 0 } = service?.spec ?? {};
      const isLocal = service !== undefined && service.spec?.service === undefined;
      this.#learn(name, isLocal ? { group, version } : undefined);
    });
  }

  readonly of: PriorityOf = (group, version) => this.#said.get(serviceName({ group, version })) ?? initialPriority(group, version);

  /** Calls `changed` whenever something is as important as it was not before. */
  onChange(changed: () => void): void {
    this.#listeners.push(changed);
  }

  #learn(name: string, priority: Priority | undefined): void {
    if (deepEqual(this.#said.get(name), priority)) return;
    if (priority === undefined) this.#said.delete(name);
    else this.#said.set(name, priority);
    for (const listener of this.#listeners) listener();
  }
}
