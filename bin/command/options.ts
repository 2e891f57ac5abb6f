// Options that several subcommands share, and how their texts become values.
import { resolve } from "node:path";
import { InvalidArgumentError, Option } from "commander";

/** `--data DIR`, absolute. */
export const dataOption = (): Option =>
  new Option("--data <dir>", "data directory of the cluster")
    .env("ORRERY_DATA")
    .argParser((dir) => resolve(dir))
    .default(resolve(".orrery"), ".orrery");

/** A whole number within bounds. Throws: InvalidArgumentError, which commander prints with the option's name. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`must be a whole number from ${least} to ${most}`);
    return value;
  };

/** What `orrery up` is asked. */
export type UpOptions = {
  readonly data: string;
  readonly nodes?: number;
  readonly port?: number;
  readonly natsPort?: number;
  readonly network?: "route" | "loopback";
  readonly detach?: boolean;
  readonly auditPolicy?: string;
  readonly admissionConfig?: string;
  readonly encryptionConfig?: string;
};
