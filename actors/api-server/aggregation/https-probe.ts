import { Agent, request as httpsRequest } from "node:https";
import { hostPort } from "#api/meta/ip.ts";
import { dialError } from "#lib/dial-error.ts";
import { answerTo } from "#lib/https/answer.ts";
import type { Credentials } from "#lib/pki/authority.ts";
import { headersOfUser } from "../authn/request-header.ts";
import type { Probe } from "./discovery-check.ts";

/** Whom a server lets see its discovery in any case. */
const CHECKER = { name: "system:kube-aggregator", groups: ["system:masters"] };

/** Asks over HTTPS. The server's certificate is not looked at: nothing is told and nothing is believed but that it answers. */
export const createProbe = ({ certificate: cert, key }: Credentials): Probe => {
  const agent = new Agent({ cert, key, rejectUnauthorized: false });
  return async (endpoint, path, signal) => {
    const headers = { ...headersOfUser(CHECKER), host: hostPort(endpoint) };
    try {
      const response = await answerTo(httpsRequest({ ...endpoint, path, headers, agent, signal }), undefined);
      response.destroy();
      return response.statusCode ?? 0;
    } catch (error) {
      throw error instanceof Error ? dialError(endpoint.host, endpoint.port, error) : error;
    }
  };
};
