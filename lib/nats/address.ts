// The subjects on which components speak, and what a connection may therefore publish and subscribe. nats-server enforces
// the permissions, so the identity in a subject is proof of who sent the message.
//
// Every party that can be spoken for has a root: `api.<identity>` for a component that calls the API server, `node.<name>`
// for a node that the API server calls. Under a root:
//   request, stream       caller → answerer, a queue group; opens an exchange
//   reply.<caller>.<n>    answerer → caller, the exchange's messages
//   flow.<answerer>.<n>   caller → answerer, credit and cancel
// An answer goes only to a reply subject under the root that asked, so nobody can have an answer sent elsewhere.
import { decodeSegment, encodeSegment } from "./subject.ts";

/** What a user of nats-server may do; subjects with wildcards. */
export type Permissions = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** The root under which `identity` calls the API server. */
export const apiRoot = (identity: string): string => `api.${encodeSegment(identity)}`;

/** The root under which the API server calls the node. */
export const nodeRoot = (node: string): string => `node.${encodeSegment(node)}`;

/** The root of a subject, and the name that the root carries. */
export const rootOf = (subject: string): { readonly root: string; readonly name: string } => {
  const kindEnd = subject.indexOf(".");
  const rootEnd = subject.indexOf(".", kindEnd + 1);
  const root = rootEnd < 0 ? subject : subject.slice(0, rootEnd);
  return { root, name: decodeSegment(root.slice(kindEnd + 1)) };
};

/** The prefix of a connection's own inboxes; its user alone may subscribe there. */
export const inboxPrefix = (user: string): string => `_INBOX.${encodeSegment(user)}`;

const calling = (root: string): Permissions => ({
  publish: [`${root}.request`, `${root}.stream`, `${root}.flow.>`],
  subscribe: [`${root}.reply.>`],
});
const answering = (root: string): Permissions => ({
  publish: [`${root}.reply.>`],
  subscribe: [`${root}.request`, `${root}.stream`, `${root}.flow.>`],
});

/** All that any of `parts` allows. */
export const allOf = (...parts: readonly Permissions[]): Permissions => ({
  publish: parts.flatMap((part) => part.publish),
  subscribe: parts.flatMap((part) => part.subscribe),
});

/** For a connection that calls the API server as any of `identities`. */
export const componentPermissions = (identities: readonly string[]): Permissions =>
  allOf(...identities.map((identity) => calling(apiRoot(identity))));

/** For the connection on which a node answers the API server. */
export const nodePermissions = (node: string): Permissions => answering(nodeRoot(node));

/** For the API server `user`: it answers every component, calls every node, and alone reads and writes the store. */
export const apiServerPermissions = (user: string): Permissions =>
  allOf(answering("api.*"), calling("node.*"), {
    publish: ["$JS.API.>", "$JS.FC.>", "$KV.>"],
    subscribe: [`${inboxPrefix(user)}.>`],
  });
