// Reads and writes of the controller that checks policies.
// upstream: pkg/controller/validatingadmissionpolicystatus/controller.go
import { validatingAdmissionPolicies } from "#api/admissionregistration/v1/validating-admission-policy.ts";
import { customResourceDefinitions } from "#api/apiextensions/v1/custom-resource-definition.ts";
import { changesOf, defineController } from "#lib/controller.ts";
import { objectKey } from "#api/meta/object.ts";
import { decide, type Action, type Observed } from "./decide.ts";

/** Warns of expressions in ValidatingAdmissionPolicies that do not fit the types of what they are about. */
export const validatingPolicyStatusController = defineController<Observed, Action>(
  "validatingadmissionpolicy-status-controller",
  ({ informers }) => {
    const all = informers.of(validatingAdmissionPolicies);
    const definitions = informers.of(customResourceDefinitions);
    return {
      watches: [changesOf(all, (policy) => [objectKey(policy)])],
      observe: (key) => {
        const policy = all.get(key);
        return policy === undefined ? undefined : { policy, definitions: definitions.list() };
      },
      decide,
      act: ({ policy }, { client, signal }) => client.update(validatingAdmissionPolicies, policy, { subresource: "status" }, signal),
    };
  },
);
