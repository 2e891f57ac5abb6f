// `orrery run ROLE`: one process of a cluster. The supervisor starts these; people start them to debug one.
import type { Command } from "commander";
import { dataOption } from "./options.ts";

type Options = { readonly data: string };

/** Runs to the end. The channel to the supervisor would keep the process alive. */
const toTheEnd = async (running: Promise<void>): Promise<never> => {
  await running;
  return process.exit(0);
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
};
