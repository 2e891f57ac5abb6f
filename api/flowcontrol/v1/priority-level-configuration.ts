import type {
  V1LimitedPriorityLevelConfiguration,
  V1PriorityLevelConfiguration,
  V1PriorityLevelConfigurationSpec,
  V1QueuingConfiguration,
} from "#api/generated/types.ts";
import { storedVerbs, type Kind } from "#api/kind.ts";
import { each, isEmpty, nonNegative, type Check } from "#api/meta/check.ts";
import { ageColumn, column, nameColumn } from "#api/meta/columns.ts";
import { docOf } from "#api/meta/docs.ts";
import { forbiddenField, invalidValue, notSupported, required } from "#api/meta/field-error.ts";
import { inRange } from "#api/meta/names.ts";
import type { Draft } from "#api/meta/object.ts";
import { checkFlowConditions } from "./flow-schema-validate.ts";

export type PriorityLevelConfiguration = V1PriorityLevelConfiguration;

const TYPES = ["Exempt", "Limited"];
const MAX_QUEUES = 10_000_000;
const MAX_ENTROPY_BITS = 60;

/** upstream: pkg/apis/flowcontrol/v1/defaults.go */
const setDefaults = ({ spec }: Draft<PriorityLevelConfiguration>): void => {
  const { exempt, limited } = spec ?? {};
  if (exempt !== undefined) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (limited === undefined) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  defaultQueuing(limited.limitResponse?.queuing);
};

const defaultQueuing = (queuing: Draft<V1QueuingConfiguration> | undefined): void => {
  if (queuing === undefined) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
};

/** A hand of so many cards out of so many queues must fit into 60 bits. upstream: shufflesharding.RequiredEntropyBits */
const entropyBits = (queues: number, hand: number): number => {
  if (queues <= 0 || hand < 1 || hand > queues) return 0;
  return Math.ceil(Array.from({ length: hand }, (_, at) => Math.log2(queues - at)).reduce((sum, bits) => sum + bits, 0));
};

function* checkQueuing(path: string, { queues = 0, handSize = 0, queueLengthLimit = 0 }: V1QueuingConfiguration): Check {
  if (queueLengthLimit <= 0) yield invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, "must be positive");
  if (queues <= 0) yield invalidValue(`${path}.queues`, queues, "must be positive");
  else if (queues > MAX_QUEUES) yield invalidValue(`${path}.queues`, queues, `must not be greater than ${MAX_QUEUES}`);
  if (handSize <= 0) yield invalidValue(`${path}.handSize`, handSize, "must be positive");
  else if (handSize > queues) yield invalidValue(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`);
  const bits = entropyBits(queues, handSize);
  if (bits > MAX_ENTROPY_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${MAX_ENTROPY_BITS}`;
    yield invalidValue(`${path}.handSize`, handSize, detail);
  }
}

function* checkPercent(path: string, percent: number | undefined): Check {
  if (percent !== undefined && inRange(percent, 0, 100).length > 0) {
    yield invalidValue(path, percent, "must be between 0 and 100, inclusive");
  }
}

function* checkLimited(path: string, limited: V1LimitedPriorityLevelConfiguration): Check {
  const { nominalConcurrencyShares: shares, limitResponse, borrowingLimitPercent } = limited;
  if (shares !== undefined && shares < 0) yield invalidValue(`${path}.nominalConcurrencyShares`, shares, "must be a non-negative integer");
  const { type = "", queuing } = limitResponse ?? {};
  const at = `${path}.limitResponse`;
  if (type === "Reject") {
    if (queuing !== undefined) yield forbiddenField(`${at}.queuing`, `must be nil if limited.limitResponse.type is not Limited`);
  } else if (type !== "Queue") yield notSupported(`${at}.type`, type, ["Queue", "Reject"]);
  else if (queuing === undefined) yield required(`${at}.queuing`, "must not be empty if limited.limitResponse.type is Limited");
  else yield* checkQueuing(`${at}.queuing`, queuing);
  yield* checkPercent(`${path}.lendablePercent`, limited.lendablePercent);
  yield* nonNegative(`${path}.borrowingLimitPercent`, borrowingLimitPercent);
}

function* checkKind({ type, exempt, limited }: Partial<V1PriorityLevelConfigurationSpec>): Check {
  if (type === "Exempt") {
    if (limited !== undefined) yield forbiddenField("spec.limited", "must be nil if the type is not Limited");
    yield* nonNegative("spec.exempt.nominalConcurrencyShares", exempt?.nominalConcurrencyShares);
    yield* checkPercent("spec.exempt.lendablePercent", exempt?.lendablePercent);
  } else if (type === "Limited") {
    if (exempt !== undefined) yield forbiddenField("spec.exempt", "must be nil if the type is Limited");
    if (limited === undefined) yield required("spec.limited", "must not be empty when type is Limited");
    else yield* checkLimited("spec.limited", limited);
  }
}

/** upstream: pkg/apis/flowcontrol/validation/validation.go ValidatePriorityLevelConfigurationSpec */
function* checkSpec(name: string, spec: Partial<V1PriorityLevelConfigurationSpec>): Check {
  const { type } = spec;
  if ((name === "exempt") !== (type === "Exempt")) {
    yield invalidValue("spec.type", type ?? "", "type must be 'Exempt' if and only if name is 'exempt'");
  }
  if (isEmpty(type) || !TYPES.includes(type)) yield notSupported("spec.type", type ?? "", TYPES);
  yield* checkKind(spec);
}

function* checkStatus({ status }: PriorityLevelConfiguration): Check {
  yield* checkFlowConditions(status?.conditions);
  for (const [{ status: value }, at] of each("status.conditions", status?.conditions)) if (isEmpty(value)) yield required(`${at}.status`);
}

const queuingOf = ({ spec }: PriorityLevelConfiguration): V1QueuingConfiguration | undefined => spec?.limited?.limitResponse?.queuing;

const docQueuing = (field: string): string => docOf("V1QueuingConfiguration", field);

const shares = ({ spec }: PriorityLevelConfiguration): number | string =>
  (spec?.limited ?? spec?.exempt)?.nominalConcurrencyShares ?? "<none>";

/** PriorityLevelConfigurations: how many requests of a level are served at once, and how many wait. */
export const priorityLevelConfigurations: Kind<PriorityLevelConfiguration> = {
  group: "flowcontrol.apiserver.k8s.io",
  version: "v1",
  resource: "prioritylevelconfigurations",
  kind: "PriorityLevelConfiguration",
  namespaced: false,
  singular: "prioritylevelconfiguration",
  listKind: "PriorityLevelConfigurationList",
  shortNames: [],
  categories: [],
  verbs: storedVerbs,
  model: "V1PriorityLevelConfiguration",
  bucket: "objects",
  status: true,
  subresources: {},
  columns: [
    nameColumn,
    column("Type", "string", docOf("V1PriorityLevelConfigurationSpec", "type"), ({ spec }) => spec?.type ?? ""),
    column("NominalConcurrencyShares", "string", docOf("V1LimitedPriorityLevelConfiguration", "nominalConcurrencyShares"), shares),
    column("Queues", "string", docQueuing("queues"), (level) => queuingOf(level)?.queues ?? "<none>"),
    column("HandSize", "string", docQueuing("handSize"), (level) => queuingOf(level)?.handSize ?? "<none>"),
    column("QueueLengthLimit", "string", docQueuing("queueLengthLimit"), (level) => queuingOf(level)?.queueLengthLimit ?? "<none>"),
    ageColumn,
  ],
  setDefaults,
  validate: (object, _old, subresource) => [
    ...(subresource === "status" ? checkStatus(object) : checkSpec(object.metadata?.name ?? "", object.spec ?? {})),
  ],
  strategy: { generation: true, requiresRevision: true, prepareForCreate: (draft) => void (draft.status = {}) },
};
