// A process with the scheduler and all controllers, of which several run and one leads: what `orrery run controllers` is.
import { controllersOf } from "#actors/controllers/index.ts";
import { createScheduler } from "#actors/scheduler/scheduler.ts";
import { controllerUser } from "#actors/cluster/identities.ts";
import type { User } from "#lib/api.ts";
import { Elector } from "#lib/elect.ts";
import { Informers } from "#lib/informers.ts";
import type { Life } from "./process.ts";

const serviceAccount = (name: string): User => ({
  name: controllerUser(name),
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
});
const component = (name: string): User => ({ name, groups: ["system:authenticated"] });

const CONFIG = { certificate: "a certificate", podRanges: { cluster: "10.64.0.0/12", nodeBits: 20 } };

/** Boots the process. */
export const bootManager =
  (name: string) =>
  (life: Life): void => {
    const { connect, signal } = life;
    const ports = { ...life, client: connect(component("system:kube-controller-manager")) };
    const informers = new Informers(ports);
    const controllers = controllersOf(CONFIG).map((definition) =>
      definition.create({ ...life, informers, client: connect(serviceAccount(definition.name)) }),
    );
    const scheduling = { ...life, client: connect(component("system:kube-scheduler")) };
    const scheduler = createScheduler({ ...scheduling, informers });
    const identity = `${name}_${life.random.next()}`;
    const elect = (lease: string, from: typeof ports, followers: readonly { lead(leading: boolean): void }[]): Elector =>
      new Elector({
        ...from,
        identity,
        lease: { namespace: "kube-system", name: lease },
        onLeading: (leading) => followers.forEach((follower) => follower.lead(leading)),
      });
    for (const follower of [...controllers, scheduler]) follower.start(signal);
    informers.start(signal);
    void elect("kube-controller-manager", ports, controllers).run(signal);
    void elect("kube-scheduler", scheduling, [scheduler]).run(signal);
  };
