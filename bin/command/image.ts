// `orrery image`: the images of this machine's nodes.
import { readFileSync } from "node:fs";
import { InvalidArgumentError, type Command } from "commander";
import { ClusterError } from "#actors/cluster/definition.ts";
import { layoutOf } from "#actors/cluster/layout.ts";
import { systemRandom } from "#lib/random.ts";
import { push } from "#runtime/images/pull.ts";
import { canonical, parseReference } from "#runtime/images/reference.ts";
import { ImageStore, NotWasm } from "#runtime/images/store.ts";
import { ImageError } from "#runtime/port.ts";
import { dataOption } from "./options.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

type Options = { readonly data: string };

const storeOf = (data: string): ImageStore => new ImageStore(layoutOf(data).images, systemRandom);

const referenceOf = (text: string): string => {
  const reference = parseReference(text);
  if (reference === undefined || reference.digest !== undefined)
    throw new InvalidArgumentError(`"${text}" is not an image name; give one such as registry.example/team/app:v1`);
  return canonical(reference);
};

const readWasm = (file: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new ClusterError(`${file}: cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
};

const load = async (file: string, { data, tag }: Options & { readonly tag: string }, terminal: Terminal): Promise<void> => {
  const image = await storeOf(data)
    .addProgram(tag, readWasm(file))
    .catch((error: unknown) => {
      throw error instanceof NotWasm ? new ClusterError(`${file}: ${error.message}`, { cause: error }) : error;
    });
  terminal.out(`loaded ${tag}\n${image.id}\n`);
};

const pushImage = async (reference: string, { data }: Options, terminal: Terminal): Promise<void> => {
  const id = await push(storeOf(data), reference, {}, new AbortController().signal).catch((error: unknown) => {
    throw error instanceof ImageError ? new ClusterError(error.message, { cause: error }) : error;
  });
  terminal.out(`pushed ${reference}\n${id}\n`);
};

const list = async ({ data }: Options, terminal: Terminal): Promise<void> => {
  const images = await storeOf(data).list();
  const rows = images.flatMap(({ id, tags, sizeBytes }) =>
    tags.map((tag) => [tag, id.slice(7, 19), `${(sizeBytes / 1024).toFixed(1)} kB`]),
  );
  terminal.out(table([["IMAGE", "ID", "SIZE"], ...rows]));
};

export const addImageCommand = (program: Command, terminal: Terminal): void => {
  const image = program.command("image").description("load, push and list the images of this machine's nodes");
  image
    .command("load <file>")
    .description("make an image of a WASM module or component")
    .requiredOption("-t, --tag <name>", "the image's name", referenceOf)
    .addOption(dataOption())
    .action((file: string, options: Options & { readonly tag: string }) => load(file, options, terminal));
  image
    .command("push <name>")
    .description("push a loaded image to the registry that its name says")
    .addOption(dataOption())
    .action((name: string, options: Options) => pushImage(name, options, terminal));
  image
    .command("ls")
    .description("list images")
    .addOption(dataOption())
    .action((options: Options) => list(options, terminal));
};
