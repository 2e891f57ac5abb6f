// Amounts of resources that containers and pods ask for. Pure. upstream: component-helpers/resource/helpers.go
import type { V1Container } from "#api/generated/types.ts";
import { milliValue, quantityValue } from "#api/meta/quantity.ts";

/** What the container may use at most, as its spec writes it. */
export const limitOf = ({ resources }: V1Container, name: string): string | undefined => resources?.limits?.[name];

/** What the container asks for, as its spec writes it. */
export const requestOf = ({ resources }: V1Container, name: string): string | undefined => resources?.requests?.[name];

/** The container's memory limit in bytes. */
export const limitBytes = (container: V1Container): number | undefined => {
  const text = limitOf(container, "memory");
  return text === undefined ? undefined : quantityValue(text);
};

/** The container's CPU limit in thousandths of a CPU. */
export const limitMilliCpu = (container: V1Container): number | undefined => {
  const text = limitOf(container, "cpu");
  return text === undefined ? undefined : milliValue(text);
};
