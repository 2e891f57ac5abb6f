// The `orrery` command's program. Each subcommand is a file beside this one, which only lists them and turns a ClusterError
// into one line and exit code 1.
import { Command } from "commander";
import { ClusterError } from "#actors/cluster/definition.ts";
import { addImageCommand } from "./image.ts";
import { addKubectlCommand } from "./kubectl.ts";
import { addRunCommand } from "./run.ts";
import { addStatusCommands } from "./status.ts";
import { addUpCommand } from "./up.ts";
import { VERSION } from "../version.ts";

const createProgram = (): Command => {
  const program = new Command("orrery")
    .description("A Kubernetes cluster made of state machines; its pods are WASI modules and components.")
    .version(VERSION, "-V, --version", "print the version")
    .showHelpAfterError("(add --help for the options)");
  addUpCommand(program);
  addStatusCommands(program);
  addImageCommand(program);
  addKubectlCommand(program);
  addRunCommand(program);
  program
    .command("version")
    .description("print the version of orrery and of the Kubernetes API it serves")
    .action(() => void process.stdout.write(`orrery ${VERSION}, Kubernetes API v1.36\n`));
  return program;
};

/** Runs what the command line says. */
export const runProgram = async (): Promise<void> => {
  try {
    await createProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    process.stderr.write(`orrery: ${error.message}\n`);
    process.exitCode = 1;
  }
};
