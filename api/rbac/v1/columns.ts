// How `kubectl get` shows bindings. upstream: pkg/printers/internalversion/printers.go (printRoleBinding)
import type { Column } from "#api/kind.ts";
import { ageColumn, column, nameColumn, wideColumn } from "#api/meta/columns.ts";
import type { AnyBinding } from "./validate.ts";

const subjectsText = ({ subjects = [] }: AnyBinding, kind: string): string =>
  subjects
    .filter((subject) => subject.kind === kind)
    .map(({ name, namespace = "" }) => (kind !== "ServiceAccount" || namespace === "" ? name : `${namespace}/${name}`))
    .join(", ");

const ROLE_REF =
  "RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.";

/** The columns of a kind of binding, named as its descriptions name it. */
export const bindingColumns = (noun: string): readonly Column<AnyBinding>[] => [
  nameColumn as Column<AnyBinding>,
  column("Role", "string", ROLE_REF, ({ roleRef }) => `${roleRef?.kind ?? ""}/${roleRef?.name ?? ""}`),
  ageColumn as Column<AnyBinding>,
  wideColumn("Users", "string", `Users in the ${noun}`, (binding) => subjectsText(binding, "User")),
  wideColumn("Groups", "string", `Groups in the ${noun}`, (binding) => subjectsText(binding, "Group")),
  wideColumn("ServiceAccounts", "string", `ServiceAccounts in the ${noun}`, (binding) => subjectsText(binding, "ServiceAccount")),
];
