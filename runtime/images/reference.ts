// Image references as people write them: `hello`, `hello:v1`, `127.0.0.1:5000/team/app@sha256:…`. Pure.
// upstream: distribution/reference

export type Reference = {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest?: string | undefined;
};

const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Images without a registry's name come from here. */
const DEFAULT_REGISTRY = "docker.io";

const splitRegistry = (text: string): readonly [string, string] => {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(0, slash));
  const isHost = slash > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (isHost) return [first, text.slice(slash + 1)];
  return [DEFAULT_REGISTRY, slash < 0 ? `library/${text}` : text];
};

/** What a reference names; undefined when it is not one. The tag is `latest` when neither tag nor digest is given. */
export const parseReference = (text: string): Reference | undefined => {
  const [named = "", digest] = text.split("@", 2);
  const [registry, rest] = splitRegistry(named);
  const colon = rest.indexOf(":");
  const repository = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? "latest" : rest.slice(colon + 1);
  const valid = REPOSITORY.test(repository) && TAG.test(tag) && (digest === undefined || DIGEST.test(digest)) && named !== "";
  return valid ? { registry, repository, tag, digest } : undefined;
};

/** `registry/repository:tag`, the name under which the node keeps it. */
export const canonical = ({ registry, repository, tag, digest }: Reference): string =>
  digest === undefined ? `${registry}/${repository}:${tag}` : `${registry}/${repository}@${digest}`;
