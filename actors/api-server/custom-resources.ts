// Serves the kinds that CustomResourceDefinitions define, from the moment a definition is established until it is gone.
// upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go
import { isEstablished } from "#api/crd/definition.ts";
import { customResourceDefinitions, type CustomResourceDefinition } from "#api/apiextensions/v1/custom-resource-definition.ts";
import type { Kind } from "#api/kind.ts";
import { customKinds, renameVersion, type Conversion } from "#api/crd/kind.ts";
import type { Stored } from "#api/meta/object.ts";
import type { Scheme } from "./scheme.ts";
import { WebhookConversion, type ConversionPorts } from "./webhooks/conversion.ts";

type Definition = Stored<CustomResourceDefinition>;

/** What of a definition its kinds are made of. */
const sourceOf = ({ spec, status, metadata }: Definition): string =>
  JSON.stringify([spec, status?.acceptedNames, metadata.deletionTimestamp === undefined]);

/** While its objects are deleted, a definition gets no new ones; one that serves nothing serves what is stored, to be deleted. */
const ending = (kinds: readonly Kind[]): readonly Kind[] => {
  const isUnserved = kinds.every(({ hidden }) => hidden === true);
  const shown = isUnserved ? kinds.map((kind) => (kind.storedAs === undefined ? { ...kind, hidden: false } : kind)) : kinds;
  return shown.map((kind) => ({ ...kind, ending: true, verbs: kind.verbs.filter((verb) => verb !== "create") }));
};

export type CustomResourcePorts = ConversionPorts & { readonly scheme: Scheme };

const conversionOf = (definition: Definition, ports: ConversionPorts): Conversion => {
  if (definition.spec.conversion?.strategy !== "Webhook") return renameVersion(definition.spec.group);
  const conversion = new WebhookConversion(definition, ports);
  return { convert: conversion.convert, ready: (wanted, version) => conversion.ready(wanted, version) };
};

/** Keeps the scheme's kinds to the cluster's definitions. Kinds whose definition is as it was stay as they are. */
export const serveCustomResources = ({ scheme, ...ports }: CustomResourcePorts): void => {
  const sources = new Map<string, string>();
  ports.objects.follow(customResourceDefinitions, ({ name }, definition) => {
    if (definition === undefined || !isEstablished(definition)) {
      if (sources.delete(name)) scheme.replace(name, []);
      return;
    }
    const source = sourceOf(definition);
    if (sources.get(name) === source) return;
    sources.set(name, source);
    const kinds = customKinds(definition, conversionOf(definition, ports));
    scheme.replace(name, definition.metadata.deletionTimestamp === undefined ? kinds : ending(kinds));
  });
};
