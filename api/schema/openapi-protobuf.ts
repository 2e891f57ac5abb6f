// An OpenAPI v2 document as Protobuf, which is how kubectl asks for it. Each message is a table of its fields: the name in
// JSON, the number and how a value is written. What a message has no field for is left out; `x-` names are its extensions.
// upstream: github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto
import { isJsonObject, type JsonObject } from "#api/meta/json.ts";
import { MessageWriter } from "./protobuf-writer.ts";

/** Writes a value as a field of a message. */
type Write = (out: MessageWriter, field: number, value: unknown) => void;

type Message = {
  readonly fields: { readonly [name: string]: readonly [field: number, write: Write] };
  /** The field of what begins with `x-`. */
  readonly extensions?: number;
  /** The field of every other name, whose values are pairs of a name and a value: a map. */
  readonly others?: readonly [field: number, write: Write];
};

const text: Write = (out, field, value) => out.text(field, String(value));
const integer: Write = (out, field, value) => out.integer(field, Number(value));
const double: Write = (out, field, value) => out.double(field, Number(value));
/** A value of any type; JSON is YAML. */
const any: Write = (out, field, value) =>
  out.bytes(
    field,
    messageOf((inner) => inner.text(2, JSON.stringify(value))),
  );

const each =
  (write: Write): Write =>
  (out, field, value) => {
    for (const item of Array.isArray(value) ? value : [value]) write(out, field, item);
  };

/** A message whose table may be defined later: they contain each other. */
const message =
  (of: () => Message): Write =>
  (out, field, value) =>
    out.bytes(field, encode(of(), value as JsonObject));

/** A message that is nothing but one field of another, chosen by the value. */
const wrapped =
  (choose: (value: unknown) => readonly [field: number, write: Write]): Write =>
  (out, field, value) => {
    const [number, write] = choose(value);
    out.bytes(
      field,
      messageOf((inner) => write(inner, number, value)),
    );
  };

const named =
  (name: string, write: Write): Write =>
  (out, field, value) =>
    out.bytes(
      field,
      messageOf((pair) => {
        pair.text(1, name);
        write(pair, 2, value);
      }),
    );

const messageOf = (fill: (out: MessageWriter) => void): Uint8Array => {
  const out = new MessageWriter();
  fill(out);
  return out.finish();
};

const encode = ({ fields, extensions, others }: Message, value: JsonObject): Uint8Array =>
  messageOf((out) => {
    for (const [name, item] of Object.entries(value)) {
      const known = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (item === undefined) continue;
      if (known !== undefined) known[1](out, known[0], item);
      else if (name.startsWith("x-") && extensions !== undefined) named(name, any)(out, extensions, item);
      else if (others !== undefined) named(name, others[1])(out, others[0], item);
    }
  });

const mapOf = (write: Write, field = 1, extensions?: number): (() => Message) => {
  const table: Message = { fields: {}, others: [field, write], ...(extensions === undefined ? {} : { extensions }) };
  return () => table;
};

const isReference = (value: unknown): boolean => isJsonObject(value) && "$ref" in value;

const schema = message(() => SCHEMA);
const anySchema = wrapped((value) => (isJsonObject(value) ? [1, schema] : [2, integer]));

const SCHEMA: Message = {
  fields: {
    $ref: [1, text],
    format: [2, text],
    title: [3, text],
    description: [4, text],
    default: [5, any],
    multipleOf: [6, double],
    maximum: [7, double],
    exclusiveMaximum: [8, integer],
    minimum: [9, double],
    exclusiveMinimum: [10, integer],
    maxLength: [11, integer],
    minLength: [12, integer],
    pattern: [13, text],
    maxItems: [14, integer],
    minItems: [15, integer],
    uniqueItems: [16, integer],
    maxProperties: [17, integer],
    minProperties: [18, integer],
    required: [19, each(text)],
    enum: [20, each(any)],
    additionalProperties: [21, anySchema],
    type: [22, wrapped(() => [1, each(text)])],
    items: [23, wrapped(() => [1, each(schema)])],
    allOf: [24, each(schema)],
    properties: [25, message(mapOf(schema))],
    readOnly: [27, integer],
    example: [30, any],
  },
  extensions: 31,
};

const BODY: Message = {
  fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, integer], schema: [5, schema] },
  extensions: 6,
};
const QUERY: Message = {
  fields: { required: [1, integer], in: [2, text], description: [3, text], name: [4, text], type: [6, text], uniqueItems: [20, integer] },
  extensions: 23,
};
const IN_PATH: Message = {
  fields: { required: [1, integer], in: [2, text], description: [3, text], name: [4, text], type: [5, text], uniqueItems: [19, integer] },
  extensions: 22,
};

const isIn = (value: unknown, place: string): boolean => isJsonObject(value) && value["in"] === place;
const outsideBody = wrapped((value) => (isIn(value, "path") ? [4, message(() => IN_PATH)] : [3, message(() => QUERY)]));
const parameter = wrapped((value) => (isIn(value, "body") ? [1, message(() => BODY)] : [2, outsideBody]));
const reference = message(() => ({ fields: { $ref: [1, text] } }));
const parameters = each(wrapped((value) => (isReference(value) ? [2, reference] : [1, parameter])));

const RESPONSE: Message = { fields: { description: [1, text], schema: [2, wrapped(() => [1, schema])] }, extensions: 5 };
const responses = message(
  mapOf(
    wrapped(() => [1, message(() => RESPONSE)]),
    1,
    2,
  ),
);

const security = each(message(mapOf(message(() => ({ fields: {} })))));

const OPERATION: Message = {
  fields: {
    tags: [1, each(text)],
    summary: [2, text],
    description: [3, text],
    operationId: [5, text],
    produces: [6, each(text)],
    consumes: [7, each(text)],
    parameters: [8, parameters],
    responses: [9, responses],
    schemes: [10, each(text)],
    deprecated: [11, integer],
    security: [12, security],
  },
  extensions: 13,
};
const operation = message(() => OPERATION);

const PATH: Message = {
  fields: {
    get: [2, operation],
    put: [3, operation],
    post: [4, operation],
    delete: [5, operation],
    options: [6, operation],
    head: [7, operation],
    patch: [8, operation],
    parameters: [9, parameters],
  },
  extensions: 10,
};

const API_KEY: Message = { fields: { type: [1, text], name: [2, text], in: [3, text], description: [4, text] }, extensions: 5 };
const INFO: Message = { fields: { title: [1, text], version: [2, text], description: [3, text] }, extensions: 7 };

const DOCUMENT: Message = {
  fields: {
    swagger: [1, text],
    info: [2, message(() => INFO)],
    paths: [
      8,
      message(
        mapOf(
          message(() => PATH),
          2,
          1,
        ),
      ),
    ],
    definitions: [9, message(mapOf(schema))],
    parameters: [10, message(mapOf(parameter))],
    security: [12, security],
    securityDefinitions: [13, message(mapOf(wrapped(() => [2, message(() => API_KEY)])))],
  },
  extensions: 16,
};

/** The document as a gnostic `openapi.v2.Document`. */
export const openapiProtobuf = (document: JsonObject): Uint8Array => encode(DOCUMENT, document);
