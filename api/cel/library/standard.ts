// Every function that Kubernetes' expressions have. upstream: k8s.io/apiserver/pkg/cel/environment/base.go
import { fn, Functions } from "../overload.ts";
import { STRING } from "../types.ts";
import { authorization } from "./authorizer.ts";
import { conversions } from "./conversions.ts";
import { collections } from "./lists.ts";
import { namedFormats } from "./named-formats.ts";
import { networks } from "./network.ts";
import { operators } from "./numbers.ts";
import { quantities } from "./quantity.ts";
import { regexes } from "./regex.ts";
import { semvers } from "./semver.ts";
import { texts } from "./texts.ts";
import { urls } from "./urls.ts";

/** A key as a JSON pointer writes it. upstream: k8s.io/apiserver/pkg/cel/library/jsonpatch.go */
const escapeKey = fn("jsonpatch.escapeKey", [STRING], STRING, ([key]) => (key as string).replaceAll("~", "~0").replaceAll("/", "~1"));

/** The functions. */
export const standard = new Functions([
  ...operators,
  ...conversions,
  ...texts,
  ...regexes,
  ...collections,
  ...quantities,
  ...networks,
  ...urls,
  ...semvers,
  ...namedFormats,
  ...authorization,
  escapeKey,
]);
