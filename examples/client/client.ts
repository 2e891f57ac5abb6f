// Asks a Service again and again, by its name, and logs what it answers: the other side of the example web.
//   URL      what to get, such as http://web.default.svc.cluster.local/
//   SECONDS  how long to wait between two requests
//   COUNT    how many requests to make; 0: without end
import { result, text, variable, write } from "../wasi/component";
import {
  block,
  bodyStream,
  consume,
  dropBody,
  dropFuture,
  dropPollable,
  dropResponse,
  dropStream,
  getResponse,
  getStdout,
  newFields,
  newRequest,
  read,
  responseStatus,
  send,
  setAuthority,
  setPath,
  setScheme,
  subscribeDuration,
  subscribeResponse,
} from "./wasi";

export { cabi_realloc } from "../wasi/component";

const HTTP = 0;
const HTTPS = 1;

// The first error codes of wasi:http, which are those of a connection that was not made.
const ERRORS = [
  "DNS timeout",
  "DNS error",
  "destination not found",
  "destination unavailable",
  "destination prohibited",
  "destination unroutable",
  "connection refused",
  "connection terminated",
  "connection timeout",
];

function errorAt(at: usize): string {
  const code = <i32>load<u8>(at);
  return code < ERRORS.length ? ERRORS[code] : "error code " + code.toString();
}

function wait(pollable: i32): void {
  block(pollable);
  dropPollable(pollable);
}

function makeRequest(url: string): i32 {
  const isSecure = url.startsWith("https://");
  const rest = url.substring(isSecure ? 8 : 7);
  const slash = rest.indexOf("/");
  const authority = String.UTF8.encode(slash < 0 ? rest : rest.substring(0, slash));
  const path = String.UTF8.encode(slash < 0 ? "/" : rest.substring(slash));
  const request = newRequest(newFields());
  setScheme(request, 1, isSecure ? HTTPS : HTTP, 0, 0);
  setAuthority(request, 1, changetype<usize>(authority), authority.byteLength);
  setPath(request, 1, changetype<usize>(path), path.byteLength);
  return request;
}

// The first piece of a response's body.
function bodyOf(response: i32): string {
  consume(response, result);
  const body = load<i32>(result, 4);
  bodyStream(body, result);
  const stream = load<i32>(result, 4);
  read(stream, 65_536, result);
  const piece = load<u8>(result) == 0 ? text(result + 4) : "";
  dropStream(stream);
  dropBody(body);
  return piece;
}

// What came of a request that was sent: an option of a result of a result.
function answerOf(future: i32): string {
  wait(subscribeResponse(future));
  getResponse(future, result);
  if (load<u8>(result, 16) != 0) return errorAt(result + 24);
  const response = load<i32>(result, 24);
  const status = responseStatus(response).toString();
  const line = bodyOf(response).split("\n")[0];
  dropResponse(response);
  return status + " " + line;
}

function get(url: string): string {
  send(makeRequest(url), 0, 0, result);
  if (load<u8>(result) != 0) return errorAt(result + 8);
  const future = load<i32>(result, 8);
  const answer = answerOf(future);
  dropFuture(future);
  return answer;
}

/** Asks until it has asked often enough. */
export function run(): i32 {
  const url = variable("URL", "http://web/");
  const seconds = I64.parseInt(variable("SECONDS", "5"));
  const count = I32.parseInt(variable("COUNT", "0"));
  const stdout = getStdout();
  for (let asked = 1; ; asked++) {
    write(stdout, "GET " + url + ": " + get(url) + "\n");
    if (asked == count) break;
    wait(subscribeDuration(seconds * 1_000_000_000));
  }
  return 0;
}
