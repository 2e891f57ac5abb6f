// The project's state machines, for whoever wants to see them all.
import { machine as apiServer } from "#actors/api-server/machine.ts";
import { machine as cluster } from "#actors/cluster/machine.ts";
import { machine as process } from "#actors/cluster/process/machine.ts";
import { machine as kubeProxy } from "#actors/kube-proxy/machine.ts";
import { machine as kubelet } from "#actors/kubelet/machine.ts";
import { machine as pod } from "#actors/kubelet/pod/machine.ts";
import { controllerMachine } from "#lib/controller-machine.ts";
import { electMachine } from "#lib/elect-machine.ts";
import { informerMachine } from "#lib/informer-machine.ts";

/** Each machine, where it is defined, and what it is the life of. From the whole to its parts. */
export const MACHINES = [
  {
    machine: cluster,
    file: "actors/cluster/machine.ts",
    about:
      "The life of a cluster on one machine, as `orrery up` supervises it: parts start in the order in which they need each other, and whatever was started is stopped, whichever way it ends.",
  },
  {
    machine: process,
    file: "actors/cluster/process/machine.ts",
    about:
      "One child process of the supervisor: nats-server, the API server, the controllers, a node. It is started again, after a growing delay, whenever it ends.",
  },
  {
    machine: apiServer,
    file: "actors/api-server/machine.ts",
    about:
      "The API server. It answers only while it serves; while the store is away it reads from its caches and refuses writes, and when they are no longer fed it fills them anew.",
  },
  {
    machine: controllerMachine,
    file: "lib/controller-machine.ts",
    about:
      "Every controller, and the scheduler: it reads from its start, and works only while it leads. Within `leading` shows what its keys are about; how a key is handled stands in `lib/reconciler.ts`.",
  },
  {
    machine: electMachine,
    file: "lib/elect-machine.ts",
    about: "Who leads: a candidate tries to take the Lease object, a leader renews it and steps down when it cannot in time.",
  },
  {
    machine: informerMachine,
    file: "lib/informer-machine.ts",
    about:
      "A local copy of the objects of one kind: one stream gives the list and then the changes. A stream that ends is resumed from its last revision; one that cannot be resumed is listed anew.",
  },
  {
    machine: kubelet,
    file: "actors/kubelet/machine.ts",
    about:
      "A node's kubelet: it finds what still runs, registers its node, and from then on renews its Lease and reports its status side by side with the pods that it runs.",
  },
  {
    machine: pod,
    file: "actors/kubelet/pod/machine.ts",
    about:
      "One pod on its node. From `terminating` no way leads back, and `removing`, which deletes the API object, is entered only when every process of the pod is gone.",
  },
  {
    machine: kubeProxy,
    file: "actors/kube-proxy/machine.ts",
    about: "A node's proxy. It listens for nothing before it has seen every Service and EndpointSlice.",
  },
] as const;
