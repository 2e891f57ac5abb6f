// What a component says it is, by what it imports and exports. Pure.
import type { Component } from "#runtime/wasi/component/syntax.ts";

/** The interface that a server exports. */
export const HTTP_HANDLER = "wasi:http/incoming-handler";

/** Whether the component exports the HTTP handler. */
export const isServer = ({ definitions }: Component): boolean =>
  definitions.some((each) => each.do === "export" && each.exported.name.replace(/@.*$/, "") === HTTP_HANDLER);

/** Whether it imports an interface of this package. */
export const importsPackage = ({ definitions }: Component, name: string): boolean =>
  definitions.some((each) => each.do === "import" && each.name.startsWith(`${name}/`));
