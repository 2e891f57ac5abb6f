// What a file says of admission plugins. Pure. upstream: apiserver/pkg/apis/apiserver/v1 AdmissionConfiguration
//
// Of the plugins that upstream configures so, PodSecurity is here; a file that names another is refused, not half obeyed.
import { parse } from "yaml";
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { defaultPodSecurity, podSecurityErrors, podSecurityOf, type PodSecurityConfiguration } from "#api/pod-security/configuration.ts";

export type AdmissionConfiguration = { readonly podSecurity: PodSecurityConfiguration };

const API_VERSION = "apiserver.config.k8s.io/v1";
const KIND = "AdmissionConfiguration";
const POD_SECURITY = /^pod-security\.admission\.config\.k8s\.io\/v1(alpha1|beta1)?$/;

/** The configuration of a file. Throws: an Error that says what is wrong with it. */
export const parseAdmission = (text: string): AdmissionConfiguration => {
  const given: unknown = parse(text);
  if (!isJsonObject(given) || given["apiVersion"] !== API_VERSION || given["kind"] !== KIND) {
    throw new Error(`an admission configuration is an object of apiVersion "${API_VERSION}" and kind "${KIND}"`);
  }
  const plugins = given["plugins"] ?? [];
  if (!Array.isArray(plugins)) throw new Error("plugins: Invalid value: must be a list");
  const podSecurity = plugins.map((plugin, at) => podSecurityIn(plugin, `plugins[${at}]`)).at(-1);
  return { podSecurity: podSecurity ?? defaultPodSecurity };
};

const podSecurityIn = (plugin: unknown, path: string): PodSecurityConfiguration => {
  const { name, configuration, path: file }: JsonObject = isJsonObject(plugin) ? plugin : {};
  if (name !== "PodSecurity") throw new Error(`${path}.name: Unsupported value: ${JSON.stringify(name)}: supported values: "PodSecurity"`);
  if (file !== undefined && file !== "") throw new Error(`${path}.path: Forbidden: a configuration stands in the file itself`);
  if (!isJsonObject(configuration)) return defaultPodSecurity;
  const { apiVersion, kind } = configuration;
  if (!POD_SECURITY.test(String(apiVersion)) || kind !== "PodSecurityConfiguration") {
    throw new Error(`${path}.configuration: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  const [error] = podSecurityErrors(configuration);
  if (error !== undefined) throw new Error(`${path}.configuration.${error.field}: ${error.message}`);
  return podSecurityOf(configuration);
};
