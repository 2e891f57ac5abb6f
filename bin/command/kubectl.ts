// `orrery kubectl …`: the kubectl on PATH with this cluster's kubeconfig.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Command } from "commander";
import { ClusterError } from "#actors/cluster/definition.ts";
import { which } from "#actors/cluster/nats-server.ts";
import { dataOption } from "./options.ts";
import { presentCluster } from "./present-cluster.ts";
import type { Terminal } from "./terminal.ts";

const kubectl = async (data: string, args: readonly string[]): Promise<number> => {
  const { kubeconfig } = presentCluster(data);
  const path = which("kubectl");
  if (path === undefined)
    throw new ClusterError("kubectl is not on the PATH; https://kubernetes.io/docs/tasks/tools/ says how to install it");
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(path, [...args], { stdio: "inherit", env: { ...process.env, KUBECONFIG: kubeconfig } });
  child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  return promise;
};

export const addKubectlCommand = (program: Command, terminal: Terminal): void => {
  program.enablePositionalOptions(); // what stands after `kubectl` is kubectl's
  program
    .command("kubectl")
    .description("run the kubectl on PATH against this cluster")
    .addOption(dataOption())
    .argument("[args...]", "arguments for kubectl")
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: readonly string[], options: { readonly data: string }) => {
      terminal.exitCode(await kubectl(options.data, args));
    });
};
