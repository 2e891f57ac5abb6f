// Keeps an APIService for every group and version that this API server serves, definitions' included.
import { customResourceDefinitions, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { apiServices } from "#api/apiregistration/v1/api-service.ts";
import type { Client } from "#lib/client.ts";
import { createKeeper, type KeeperPorts } from "./keeper.ts";
import {
  builtInService,
  decide,
  definedService,
  namesOf,
  serviceName,
  type Action,
  type GroupVersion,
  type Observed,
} from "./registered.ts";

/** The name has been looked after. */
type Done = { readonly do: "done"; readonly name: string };

const WORKERS = 5; // upstream: autoRegistrationController.Run(5)

const write = async (client: Client, action: Action, signal: AbortSignal): Promise<void> => {
  const { name = "", uid, resourceVersion } = action.service.metadata ?? {};
  if (action.do === "create") await client.create(apiServices, action.service, {}, signal);
  else if (action.do === "update") await client.update(apiServices, action.service, {}, signal);
  else await client.delete(apiServices, { name }, { preconditions: { uid: uid ?? "", resourceVersion: resourceVersion ?? "" } }, signal);
};

/** Keeps them until `signal` is aborted. `builtIn`: what is served without any definition. The server must serve already. */
export const keepRegistered = (ports: KeeperPorts, builtIn: readonly GroupVersion[], signal: AbortSignal): Promise<void> => {
  const { objects } = ports;
  const done = new Set<string>();
  const atStart: ReadonlySet<string> = new Set(Array.from(objects.list(apiServices), ({ metadata }) => metadata.name));
  const definitions = new Map<string, CustomResourceDefinition>();
  const keeper = createKeeper<Observed & { readonly name: string }, Action | Done>("api-service-registration", ports, {
    workers: WORKERS,
    observe: (name) => ({
      name,
      desired: builtInService(name, builtIn) ?? definedService(name, definitions.values()),
      current: objects.get(apiServices, { name }),
      wasThere: atStart.has(name),
      isDone: done.has(name),
    }),
    decide: (observed) => [...decide(observed), ...(observed.isDone ? [] : [{ do: "done" as const, name: observed.name }])],
    act: async (action, reach) => {
      if (action.do === "done") done.add(action.name);
      else await write(reach.client, action, reach.signal);
    },
  });
  objects.follow(customResourceDefinitions, ({ name }, definition) => {
    const touched = [definitions.get(name), definition].filter((one) => one !== undefined).flatMap(namesOf);
    if (definition === undefined) definitions.delete(name);
    else definitions.set(name, definition);
    touched.forEach((service) => keeper.wake(service));
  });
  objects.follow(apiServices, ({ name }) => keeper.wake(name));
  for (const one of builtIn) keeper.wake(serviceName(one));
  return keeper.run(signal);
};
