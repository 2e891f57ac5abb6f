// How `kubectl get` shows bindings. upstream: pkg/printers/internalversion/printers.go (printRoleBinding)
import type { Column } from "#api/kind.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import type { AnyBinding } from "./validate.ts";

const subjectsText = ({ subjects = [] }: AnyBinding, kind: string): string =>
  subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = "" }) => (kind !== "ServiceAccount" || namespace === "" ? name : `${namespace}/${name}`))
    .join(", ");

/** The columns of a kind of binding, named as its descriptions name it. */
export const bindingColumns = (model: string, noun: string): readonly Column<AnyBinding>[] => [
  nameColumn as Column<AnyBinding>,
  column("Role", "string", docOf(model, "roleRef"), ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  ageColumn as Column<AnyBinding>,
  wideColumn("Users", "string", `Users in the ${noun}`, (binding) => subjectsText(binding, "User")),
  wideColumn("Groups", "string", `Groups in the ${noun}`, (binding) => subjectsText(binding, "Group")),
  wideColumn("ServiceAccounts", "string", `ServiceAccounts in the ${noun}`, (binding) => subjectsText(binding, "ServiceAccount")),
];
