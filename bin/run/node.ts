import { aborted, startProcess } from "./process.ts";

export const runNode = async (data: string, name: string): Promise<void> => {
  const process = startProcess(data, `node-${name}`);
  process.ready();
  await aborted(process.signal);
};
