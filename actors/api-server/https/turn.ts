// A request's turn, and how its answer says where it was placed.
// upstream: apiserver/pkg/server/filters/priority-and-fairness.go setResponseHeaders
import type { User } from "#lib/api.ts";
import type { Attributes } from "../authorizer.ts";
import type { FlowControl, Ticket } from "../flow/flow-control.ts";
import type { Exchange } from "./exchange.ts";

/** Who asks for what. */
export type Asking = { readonly user: User; readonly attributes: Attributes };

/** The answer will say how its request was placed. */
export const showPlace = ({ response }: Exchange, { headers }: Pick<Ticket, "headers">): void => {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
};

/** Waits for a request's turn. Throws: TurnedAway. */
export const turnOf = async (flow: Pick<FlowControl, "enter">, exchange: Exchange, { user, attributes }: Asking): Promise<Ticket> => {
  const ticket = await flow.enter(user, attributes, exchange.gone);
  showPlace(exchange, ticket);
  return ticket;
};
