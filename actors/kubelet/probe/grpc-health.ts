// The two messages of grpc.health.v1.Health/Check, in gRPC's framing. Pure.
// https://github.com/grpc/grpc/blob/master/doc/health-checking.md

/** HealthCheckResponse.ServingStatus, by number. */
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

const PREFIX_BYTES = 5;
const SERVICE_FIELD = 0x0a;
const STATUS_FIELD = 0x08;

const varint = (value: number): readonly number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]);

/** HealthCheckRequest { service }, framed. */
export const healthRequest = (service: string): Uint8Array => {
  const text = new TextEncoder().encode(service);
  const message = text.length === 0 ? [] : [SERVICE_FIELD, ...varint(text.length), ...text];
  const framed = new Uint8Array(PREFIX_BYTES + message.length);
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, PREFIX_BYTES);
  return framed;
};

/** The status in a framed HealthCheckResponse; a field that is missing has its default. */
export const healthStatus = (framed: Uint8Array): string => {
  const [tag, status = 0] = framed.subarray(PREFIX_BYTES);
  return STATUSES[tag === STATUS_FIELD ? status : 0] ?? "UNKNOWN";
};
