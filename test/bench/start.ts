// From `orrery up` to ready: the first start in an empty data directory, and a start of a cluster that has objects. Ready
// means that every node is Ready and cluster DNS answers.
import { startCluster, withData } from "./cluster.ts";
import { median, type Figures } from "./figures.ts";

const ROUNDS = 5;
const MARK = { atMost: 3_000 };

const oneRound = (): Promise<{ readonly first: number; readonly second: number }> =>
  withData(async (data) => {
    const first = await startCluster(data);
    await first.stop();
    const second = await startCluster(data);
    await second.stop();
    return { first: first.readyMs, second: second.readyMs };
  });

/** Starts a new cluster twice, five times over. */
export const run = async (): Promise<Figures> => {
  const rounds: Awaited<ReturnType<typeof oneRound>>[] = [];
  // oxlint-disable-next-line no-await-in-loop -- one at a time: they share the machine
  for (let round = 0; round < ROUNDS; round++) rounds.push(await oneRound());
  return [
    { what: "first start to ready, median of 5", value: median(rounds.map(({ first }) => first)), unit: "ms", mark: MARK },
    { what: "second start to ready, median of 5", value: median(rounds.map(({ second }) => second)), unit: "ms", mark: MARK },
  ];
};
