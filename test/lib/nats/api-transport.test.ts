import { systemClock } from "#lib/clock.ts";
import { NatsApiTransport } from "#lib/nats/api-transport.ts";
import { userOf } from "#lib/nats/identity.ts";
import { serveApi } from "#lib/nats/serve-api.ts";
import { systemRandom } from "#lib/random.ts";
import { transportContract } from "#test/contract/transport.ts";
import { connectTo, quickClock, startNats } from "#test/support/nats.ts";

transportContract("nats", async (handler, { impatient = false } = {}) => {
  const nats = await startNats();
  const [here, there] = await Promise.all([connectTo(nats.server), connectTo(nats.server)]);
  const clock = impatient ? quickClock : systemClock;
  const identity = "system:serviceaccount:kube-system:deployment-controller";
  const stop = serveApi({ connection: there, clock, random: systemRandom }, handler);
  await there.flush();
  const transport = new NatsApiTransport({ connection: here, clock, random: systemRandom }, identity);
  const close = async (): Promise<void> => {
    await transport.close();
    stop();
    await Promise.all([here.close(), there.close()]);
    await nats[Symbol.asyncDispose]();
  };
  return { transport, user: userOf(identity), crash: () => there.close(), [Symbol.asyncDispose]: close };
});
