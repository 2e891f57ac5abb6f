// Memory of an idle cluster (3 nodes, the hello example), from /proc. RSS counts the pages that processes share, foremost
// the Node binary's, once for each process; PSS counts each page once, so its sum is what the cluster takes of the machine.
import { sleep, systemClock } from "#lib/clock.ts";
import { withCluster } from "./cluster.ts";
import type { Figures } from "./figures.ts";
import { takenOf, total } from "./processes.ts";

/** Long enough for what the start left behind to be collected. */
const SETTLE_MS = 20_000;
const IDLE_MS = 20_000;
const MARK = { atMost: 250 };

/** Measures each process of an idle cluster, and the CPU that it takes for nothing. */
export const run = (): Promise<Figures> =>
  withCluster(async (cluster) => {
    await sleep(systemClock, SETTLE_MS);
    const before = total(takenOf(cluster), "cpuMs");
    await sleep(systemClock, IDLE_MS);
    const all = takenOf(cluster);
    const idle = (total(all, "cpuMs") - before) / IDLE_MS;
    const nodes = all.filter(({ name }) => name.startsWith("node-"));
    const plane = all.filter(({ name }) => !name.startsWith("node-"));
    return [
      { what: "control plane and nats-server, RSS", value: total(plane, "rss"), unit: "MB", mark: MARK },
      { what: "control plane and nats-server, PSS", value: total(plane, "pss"), unit: "MB", mark: MARK },
      { what: "3 nodes, RSS", value: total(nodes, "rss"), unit: "MB" },
      { what: "3 nodes, PSS", value: total(nodes, "pss"), unit: "MB" },
      { what: "CPU while idle, all processes", value: idle * 100, unit: "% of a core" },
      ...all.flatMap(({ name, rss, pss }) => [
        { what: `${name}, RSS`, value: rss, unit: "MB" },
        { what: `${name}, PSS`, value: pss, unit: "MB" },
      ]),
    ];
  });
