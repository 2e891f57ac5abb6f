// Reads and writes of the controller that signs the ConfigMap `cluster-info`.
import { configMaps, type ConfigMap } from "#api/core/v1/config-map.ts";
import { secrets } from "#api/core/v1/secret.ts";
import { changesOf, defineController, ownKey, type ControllerDefinition } from "#lib/controller.ts";
import { alive, decide, signedText, tokenOf, type Action, type Observed, type Token } from "./decide.ts";

const KEY = "kube-public/cluster-info";
const TOKENS = { namespace: "kube-system", fieldSelector: "type=bootstrap.kubernetes.io/token" };
const INFO = { namespace: "kube-public", fieldSelector: "metadata.name=cluster-info" };

/** A JWS without its payload, which is the text. upstream: cluster-bootstrap/token/jws ComputeDetachedSignature */
const signed = async (text: string, { id, secret }: Token): Promise<string> => {
  const { CompactSign } = await import("jose");
  const encoder = new TextEncoder();
  const whole = await new CompactSign(encoder.encode(text)).setProtectedHeader({ alg: "HS256", kid: id }).sign(encoder.encode(secret));
  const [header = "", , signature = ""] = whole.split(".");
  return `${header}..${signature}`;
};

const observed = async (info: Observed["info"], tokens: readonly Token[]): Promise<Observed> => {
  const text = signedText(info);
  const signing = text === undefined ? [] : tokens;
  const signatures = await Promise.all(signing.map(async (token) => [token.id, await signed(text ?? "", token)] as const));
  const ends = signing.map(({ endsAt }) => endsAt).filter((endsAt) => endsAt !== undefined);
  return { info, signatures: new Map(signatures), endsAt: ends.length === 0 ? undefined : Math.min(...ends) };
};

/** Signs what a new node must know of the cluster. */
export const bootstrapSigner: ControllerDefinition = defineController<Observed, Action>("bootstrap-signer", ({ informers, clock }) => {
  const tokens = informers.of(secrets, TOKENS);
  const infos = informers.of(configMaps, INFO);
  return {
    watches: [changesOf(infos, ownKey), changesOf(tokens, () => [KEY])],
    observe: (key) => {
      const info = infos.get(key);
      if (info === undefined) return undefined;
      const known = tokens.list().map(tokenOf);
      return observed(
        info,
        alive(
          known.filter((token) => token !== undefined),
          clock.now(),
        ),
      );
    },
    decide,
    act: ({ info }, { client, signal }) => client.update<ConfigMap>(configMaps, info, {}, signal),
  };
});
