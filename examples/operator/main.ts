// The operator as a program: node examples/operator/main.ts [--kubeconfig FILE] [--context NAME]
import { readFileSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Client } from "../../lib/client.ts";
import { systemClock } from "../../lib/clock.ts";
import { Elector } from "../../lib/elect.ts";
import { readKubeconfig } from "../../lib/https/kubeconfig.ts";
import { HttpsTransport } from "../../lib/https/transport.ts";
import { Informers } from "../../lib/informers.ts";
import { createLogger } from "../../lib/log.ts";
import { systemRandom, uuid } from "../../lib/random.ts";
import { websiteController } from "./controller.ts";

const { values } = parseArgs({ options: { kubeconfig: { type: "string" }, context: { type: "string" } } });
const file = values.kubeconfig ?? process.env["KUBECONFIG"] ?? join(homedir(), ".kube", "config");
const transport = new HttpsTransport({
  ...(await readKubeconfig(readFileSync(file, "utf8"), values.context)),
  userAgent: "website-operator",
});
const ports = {
  client: new Client(transport),
  clock: systemClock,
  random: systemRandom,
  logger: createLogger("website-operator", { clock: systemClock, write: (line) => process.stderr.write(line) }),
};
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());

const informers = new Informers(ports);
const controller = websiteController.create({ ...ports, informers });
informers.start(stop.signal);
controller.start(stop.signal);
ports.logger("info", "standing for election");
await new Elector({
  ...ports,
  lease: { namespace: "default", name: "website-operator" },
  identity: `${hostname()}_${uuid(systemRandom)}`,
  onLeading: (leading) => controller.lead(leading),
}).run(stop.signal);
await transport.close();
