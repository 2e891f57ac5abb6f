// Answers HTTP requests. A wasi:http component with nothing between it and its host: the functions of wasi.ts, and the
// canonical ABI by hand.
//   /         which pod answers, what it was asked and with which headers
//   /healthz  that it answers
//   /echo     the body of the request
//   /count    how many requests this instance has answered
//   /sleep    after ten seconds
//   /crash    a trap     /loop     nothing, and takes all the time it gets     /grow     nothing, and takes all the memory
import { pairs, result, text, variable, write } from "../wasi/component";
import {
  appendField,
  block,
  bodyStream,
  consumeRequest,
  dropBody,
  dropFields,
  dropInput,
  dropPollable,
  dropRequest,
  dropStream,
  fieldEntries,
  finishBody,
  newFields,
  newResponse,
  read,
  requestHeaders,
  requestMethod,
  requestPath,
  responseBody,
  setResponse,
  setStatus,
  subscribeDuration,
  writeBody,
  writeBytes,
} from "./wasi";

export { cabi_realloc } from "../wasi/component";

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

function method(request: i32): string {
  requestMethod(request, result);
  const tag = <i32>load<u8>(result);
  return tag < METHODS.length ? METHODS[tag] : text(result + 4);
}

function path(request: i32): string {
  requestPath(request, result);
  return load<u8>(result) == 0 ? "/" : text(result + 4);
}

// The request's headers, one on each line.
function headers(request: i32): string {
  const fields = requestHeaders(request);
  fieldEntries(fields, result);
  const all = pairs(result);
  dropFields(fields);
  let lines = "";
  for (let index = 0; index < all.length; index += 2) lines += all[index] + ": " + all[index + 1] + "\n";
  return lines;
}

function append(fields: i32, name: string, value: string): void {
  const key = String.UTF8.encode(name);
  const bytes = String.UTF8.encode(value);
  appendField(fields, changetype<usize>(key), key.byteLength, changetype<usize>(bytes), bytes.byteLength, result);
}

// Gives a response to the host; the answer is where its body goes.
function begin(out: i32): i32 {
  const fields = newFields();
  append(fields, "content-type", "text/plain; charset=utf-8");
  const response = newResponse(fields);
  setStatus(response, 200);
  responseBody(response, result);
  const body = load<i32>(result, 4);
  setResponse(out, 0, response, 0, 0, 0, 0, 0, 0);
  return body;
}

function streamOf(body: i32): i32 {
  writeBody(body, result);
  return load<i32>(result, 4);
}

function end(body: i32, stream: i32): void {
  dropStream(stream);
  finishBody(body, 0, 0, result);
}

function respond(out: i32, line: string): void {
  const body = begin(out);
  const stream = streamOf(body);
  write(stream, line);
  end(body, stream);
}

function greet(request: i32, target: string, out: i32): void {
  const asked = method(request) + " " + target + "\n" + headers(request);
  const pod = variable("POD_NAME", variable("HOSTNAME", "somewhere"));
  respond(out, variable("GREETING", "Hello") + " from " + pod + "\n" + asked);
}

// Gives back what comes, piece by piece.
function echo(request: i32, out: i32): void {
  consumeRequest(request, result);
  const from = load<i32>(result, 4);
  bodyStream(from, result);
  const input = load<i32>(result, 4);
  const body = begin(out);
  const stream = streamOf(body);
  for (read(input, 4096, result); load<u8>(result) == 0; read(input, 4096, result)) {
    const piece = load<usize>(result, 4);
    const length = load<usize>(result, 8);
    writeBytes(stream, piece, length, result);
    heap.free(piece);
  }
  dropInput(input);
  dropBody(from);
  end(body, stream);
}

function sleep(out: i32): void {
  const pollable = subscribeDuration(10_000_000_000);
  block(pollable);
  dropPollable(pollable);
  respond(out, "awake\n");
}

let answered = 0;

/** Answers a request. */
export function handle(request: i32, out: i32): void {
  const target = path(request);
  answered++;
  if (target == "/healthz") respond(out, "ok\n");
  else if (target == "/echo") echo(request, out);
  else if (target == "/count") respond(out, answered.toString() + "\n");
  else if (target == "/sleep") sleep(out);
  else if (target == "/crash") unreachable();
  else if (target == "/loop") while (true) answered++;
  else if (target == "/grow") while (memory.grow(16) >= 0) answered++;
  else greet(request, target, out);
  if (target == "/grow") unreachable();
  dropRequest(request);
}
