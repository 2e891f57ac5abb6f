// The `orrery` command's program. Each subcommand is a file beside this one, which only lists them and turns a ClusterError
// into one line and exit code 1.
import { Command, CommanderError } from "commander";
import { ClusterError } from "#actors/cluster/definition.ts";
import { addEncryptionCommand } from "./encryption.ts";
import { addImageCommand } from "./image.ts";
import { addKubectlCommand } from "./kubectl.ts";
import { addRunCommand } from "./run.ts";
import { addStatusCommands } from "./status.ts";
import type { Terminal } from "./terminal.ts";
import { addUpCommand } from "./up.ts";
import { VERSION } from "../version.ts";

const createProgram = (terminal: Terminal): Command => {
  const program = new Command("orrery")
    .description("A Kubernetes cluster made of state machines; its pods are WASI modules and components.")
    .version(VERSION, "-V, --version", "print the version")
    .showHelpAfterError("(add --help for the options)")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
    .exitOverride();
  addUpCommand(program, terminal);
  addStatusCommands(program, terminal);
  addImageCommand(program, terminal);
  addEncryptionCommand(program, terminal);
  addKubectlCommand(program, terminal);
  addRunCommand(program);
  program
    .command("version")
    .description("print the version of orrery and of the Kubernetes API it serves")
    .action(() => terminal.out(`orrery ${VERSION}, Kubernetes API v1.36\n`));
  return program;
};

/** Runs what a command line says. @param args without the program's own name */
export const runProgram = async (args: readonly string[], terminal: Terminal): Promise<void> => {
  try {
    await createProgram(terminal).parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return terminal.exitCode(error.exitCode); // it has said what is wrong
    if (!(error instanceof ClusterError)) throw error;
    terminal.err(`orrery: ${error.message}\n`);
    terminal.exitCode(1);
  }
};
