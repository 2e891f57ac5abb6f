// Turns a zone's reply into a DNS packet.
import dns2 from "dns2";
import type { Answer, Reply } from "./zone.ts";

const { Packet } = dns2;
/** RFC 1035 §4.1.1; the package has them too, but not in its types. */
const RCODE = { SERVFAIL: 2, NXDOMAIN: 3 } as const;
type PacketOf = dns2.Packet;
type Resource = dns2.Packet.Resource;

/** Seconds an answer may be kept, as the specification's examples have it. */
const TTL = 5;

const TYPES = new Map(Object.entries(Packet.TYPE).map(([name, value]) => [value as number, name]));

/** `A`, `SRV` …; the number as text for a type that has no name here. */
export const typeName = (type: number): string => TYPES.get(type) ?? String(type);

const FIELDS: { readonly [K in Answer["type"]]: (answer: Extract<Answer, { type: K }>) => Partial<Resource> } = {
  A: ({ address }) => ({ address }),
  PTR: ({ domain }) => ({ domain }),
  CNAME: ({ domain }) => ({ domain }),
  TXT: ({ data }) => ({ data }),
  SRV: ({ target, port, weight }) => ({ target, port, weight, priority: 0 }),
};

const resource = (answer: Answer): Resource =>
  new Packet.Resource({
    name: answer.name,
    type: Packet.TYPE[answer.type],
    class: Packet.CLASS.IN,
    ttl: TTL,
    ...FIELDS[answer.type](answer as never),
  });

const authority = (domain: string): Resource =>
  new Packet.Resource({
    name: domain,
    type: Packet.TYPE.SOA,
    class: Packet.CLASS.IN,
    ttl: TTL,
    primary: `ns.dns.${domain}`,
    admin: `hostmaster.${domain}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expiration: 86_400,
    minimum: TTL,
  });

/** A packet that answers `request` with the zone's reply. */
export const packetOf = (request: PacketOf, reply: Exclude<Reply, { kind: "not ours" }>, domain: string): PacketOf => {
  const response = Packet.createResponseFromRequest(request);
  response.header.aa = 1;
  response.header.ra = 1;
  if (reply.kind === "no such name") response.header.rcode = RCODE.NXDOMAIN;
  else {
    response.answers = reply.answers.map(resource);
    response.additionals = reply.additionals.map(resource);
  }
  if (response.answers.length === 0) response.authorities = [authority(domain)];
  return response;
};

/** A packet that passes on what another resolver said, or SERVFAIL when none answered. */
export const packetFrom = (request: PacketOf, answer: dns2.Packet | undefined): PacketOf => {
  const response = Packet.createResponseFromRequest(request);
  response.header.ra = 1;
  response.header.rcode = answer?.header.rcode ?? RCODE.SERVFAIL;
  response.answers = answer?.answers ?? [];
  response.authorities = answer?.authorities ?? [];
  return response;
};
