// `orrery run ROLE`: one process of a cluster. The supervisor starts these; people start them to debug one.
import type { Command } from "commander";
import { dataOption } from "./options.ts";

type Options = { readonly data: string };

/** Runs to the end. The channel to the supervisor would keep the process alive. */
const toTheEnd = async (running: Promise<void>): Promise<never> => {
  await running;
  return process.exit(0);
};

/** An errand ends with whoever sent it. */
const errand = (running: Promise<void>): Promise<never> => {
  process.on("disconnect", () => process.exit(1));
  return toTheEnd(running);
};

export const addRunCommand = (program: Command): void => {
  const run = program.command("run", { hidden: true }).description("run one process of a cluster");
  run
    .command("api-server")
    .addOption(dataOption())
    .action(async ({ data }: Options) => toTheEnd((await import("../run/api-server.ts")).runApiServer(data)));
  run
    .command("controllers")
    .addOption(dataOption())
    .action(async ({ data }: Options) => toTheEnd((await import("../run/controllers.ts")).runControllers(data)));
  run
    .command("node <name>")
    .addOption(dataOption())
    .action(async (name: string, { data }: Options) => toTheEnd((await import("../run/node.ts")).runNode(data, name)));
  run
    .command("pki")
    .addOption(dataOption())
    .action(async ({ data }: Options) => errand((await import("../run/pki.ts")).runPki(data)));
  run
    .command("first-objects")
    .addOption(dataOption())
    .action(async ({ data }: Options) => errand((await import("../run/first-objects.ts")).runFirstObjects(data)));
};
