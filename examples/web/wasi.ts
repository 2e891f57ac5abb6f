// What the component imports of WASI, as core functions.

@external("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration")
export declare function subscribeDuration(nanoseconds: i64): i32;

@external("wasi:io/poll@0.2.0", "[method]pollable.block")
export declare function block(pollable: i32): void;

@external("wasi:io/poll@0.2.0", "[resource-drop]pollable")
export declare function dropPollable(pollable: i32): void;

@external("wasi:io/streams@0.2.0", "[method]input-stream.blocking-read")
export declare function read(stream: i32, length: i64, result: usize): void;

@external("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
export declare function writeBytes(stream: i32, bytes: usize, length: usize, result: usize): void;

@external("wasi:io/streams@0.2.0", "[resource-drop]input-stream")
export declare function dropInput(stream: i32): void;

@external("wasi:http/types@0.2.0", "[method]incoming-request.consume")
export declare function consumeRequest(request: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[method]incoming-body.stream")
export declare function bodyStream(body: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[resource-drop]incoming-body")
export declare function dropBody(body: i32): void;

@external("wasi:http/types@0.2.0", "[constructor]fields")
export declare function newFields(): i32;

@external("wasi:http/types@0.2.0", "[method]fields.append")
export declare function appendField(fields: i32, name: usize, nameLength: usize, value: usize, valueLength: usize, result: usize): void;

@external("wasi:http/types@0.2.0", "[method]fields.entries")
export declare function fieldEntries(fields: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[resource-drop]fields")
export declare function dropFields(fields: i32): void;

@external("wasi:http/types@0.2.0", "[method]incoming-request.method")
export declare function requestMethod(request: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[method]incoming-request.path-with-query")
export declare function requestPath(request: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[method]incoming-request.headers")
export declare function requestHeaders(request: i32): i32;

@external("wasi:http/types@0.2.0", "[resource-drop]incoming-request")
export declare function dropRequest(request: i32): void;

@external("wasi:http/types@0.2.0", "[constructor]outgoing-response")
export declare function newResponse(headers: i32): i32;

@external("wasi:http/types@0.2.0", "[method]outgoing-response.set-status-code")
export declare function setStatus(response: i32, status: i32): i32;

@external("wasi:http/types@0.2.0", "[method]outgoing-response.body")
export declare function responseBody(response: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[static]response-outparam.set")
export declare function setResponse(
  out: i32, isError: i32, response: i32, error1: i32, error2: i64, error3: i32, error4: i32, error5: i32, error6: i32,
): void;

@external("wasi:http/types@0.2.0", "[method]outgoing-body.write")
export declare function writeBody(body: i32, result: usize): void;

@external("wasi:http/types@0.2.0", "[static]outgoing-body.finish")
export declare function finishBody(body: i32, hasTrailers: i32, trailers: i32, result: usize): void;

@external("wasi:io/streams@0.2.0", "[resource-drop]output-stream")
export declare function dropStream(stream: i32): void;
