// References to images: `registry/path:tag@digest`. upstream: pkg/util/parsers/parsers.go

/** The tag of an image reference: `latest` where it names neither tag nor digest, "" where only a digest. */
export const imageTag = (reference: string): string => {
  const [named = "", digest] = reference.split("@");
  const last = named.slice(named.lastIndexOf("/") + 1);
  const colon = last.indexOf(":");
  if (colon >= 0) return last.slice(colon + 1);
  return digest === undefined && last !== "" ? "latest" : "";
};

/** Always for `latest`, else IfNotPresent: the policy of a container that gives none. */
export const defaultPullPolicy = (reference: string | undefined): "Always" | "IfNotPresent" =>
  imageTag(reference ?? "") === "latest" ? "Always" : "IfNotPresent";
