// Where handles stand in the functions of WASI 0.2, by its WIT: the linker holds a guest to it. What is not here has none
// but a method's own `self`. In FunctionType's words: `1:borrow network`, `-> own pollable`. A row leaves a method's self out.
// https://github.com/WebAssembly/WASI/tree/main/wasip2
//
// The name of a resource says what class of object stands behind its handles, so a name belongs to one class in all interfaces.

const STREAMED = "-> result<-,variant<own error,->>";

const HANDLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "wasi:io/poll": {
    poll: "0:list<borrow pollable>",
  },
  "wasi:io/streams": {
    "[method]input-stream.read": STREAMED,
    "[method]input-stream.blocking-read": STREAMED,
    "[method]input-stream.skip": STREAMED,
    "[method]input-stream.blocking-skip": STREAMED,
    "[method]input-stream.subscribe": "-> own pollable",
    "[method]output-stream.check-write": STREAMED,
    "[method]output-stream.write": STREAMED,
    "[method]output-stream.blocking-write-and-flush": STREAMED,
    "[method]output-stream.flush": STREAMED,
    "[method]output-stream.blocking-flush": STREAMED,
    "[method]output-stream.subscribe": "-> own pollable",
    "[method]output-stream.write-zeroes": STREAMED,
    "[method]output-stream.blocking-write-zeroes-and-flush": STREAMED,
    "[method]output-stream.splice": `1:borrow input-stream ${STREAMED}`,
    "[method]output-stream.blocking-splice": `1:borrow input-stream ${STREAMED}`,
  },
  "wasi:clocks/monotonic-clock": {
    "subscribe-instant": "-> own pollable",
    "subscribe-duration": "-> own pollable",
  },
  "wasi:filesystem/types": {
    "[method]descriptor.read-via-stream": "-> result<own input-stream,->",
    "[method]descriptor.write-via-stream": "-> result<own output-stream,->",
    "[method]descriptor.append-via-stream": "-> result<own output-stream,->",
    "[method]descriptor.read-directory": "-> result<own directory-entry-stream,->",
    "[method]descriptor.link-at": "3:borrow descriptor",
    "[method]descriptor.open-at": "-> result<own descriptor,->",
    "[method]descriptor.rename-at": "2:borrow descriptor",
    "[method]descriptor.is-same-object": "1:borrow descriptor",
    "filesystem-error-code": "0:borrow error",
  },
  "wasi:filesystem/preopens": {
    "get-directories": "-> list<tuple<own descriptor,->>",
  },
  "wasi:sockets/network": {
    "network-error-code": "0:borrow error",
  },
  "wasi:sockets/instance-network": {
    "instance-network": "-> own network",
  },
  "wasi:sockets/ip-name-lookup": {
    "[method]resolve-address-stream.subscribe": "-> own pollable",
    "resolve-addresses": "0:borrow network -> result<own resolve-address-stream,->",
  },
  "wasi:sockets/tcp": {
    "[method]tcp-socket.start-bind": "1:borrow network",
    "[method]tcp-socket.start-connect": "1:borrow network",
    "[method]tcp-socket.finish-connect": "-> result<tuple<own input-stream,own output-stream>,->",
    "[method]tcp-socket.accept": "-> result<tuple<own tcp-socket,own input-stream,own output-stream>,->",
    "[method]tcp-socket.subscribe": "-> own pollable",
  },
  "wasi:sockets/tcp-create-socket": {
    "create-tcp-socket": "-> result<own tcp-socket,->",
  },
  "wasi:sockets/udp": {
    "[method]udp-socket.start-bind": "1:borrow network",
    "[method]udp-socket.stream": "-> result<tuple<own incoming-datagram-stream,own outgoing-datagram-stream>,->",
    "[method]udp-socket.subscribe": "-> own pollable",
    "[method]incoming-datagram-stream.subscribe": "-> own pollable",
    "[method]outgoing-datagram-stream.subscribe": "-> own pollable",
  },
  "wasi:sockets/udp-create-socket": {
    "create-udp-socket": "-> result<own udp-socket,->",
  },
  "wasi:cli/stdin": {
    "get-stdin": "-> own input-stream",
  },
  "wasi:cli/stdout": {
    "get-stdout": "-> own output-stream",
  },
  "wasi:cli/stderr": {
    "get-stderr": "-> own output-stream",
  },
  "wasi:cli/terminal-stdin": {
    "get-terminal-stdin": "-> option<-,own terminal-input>",
  },
  "wasi:cli/terminal-stdout": {
    "get-terminal-stdout": "-> option<-,own terminal-output>",
  },
  "wasi:cli/terminal-stderr": {
    "get-terminal-stderr": "-> option<-,own terminal-output>",
  },
  "wasi:http/types": {
    "[constructor]fields": "-> own fields",
    "[static]fields.from-list": "-> result<own fields,->",
    "[method]fields.clone": "-> own fields",
    "[method]incoming-request.headers": "-> own fields",
    "[method]incoming-request.consume": "-> result<own incoming-body,->",
    "[constructor]outgoing-request": "0:own fields -> own outgoing-request",
    "[method]outgoing-request.body": "-> result<own outgoing-body,->",
    "[method]outgoing-request.headers": "-> own fields",
    "[constructor]request-options": "-> own request-options",
    "[method]response-outparam.send-informational": "2:own fields",
    "[static]response-outparam.set": "0:own response-outparam 1:result<own outgoing-response,->",
    "[method]incoming-response.headers": "-> own fields",
    "[method]incoming-response.consume": "-> result<own incoming-body,->",
    "[method]incoming-body.stream": "-> result<own input-stream,->",
    "[static]incoming-body.finish": "0:own incoming-body -> own future-trailers",
    "[method]future-trailers.subscribe": "-> own pollable",
    "[method]future-trailers.get": "-> option<-,result<result<option<-,own fields>,->,->>",
    "[constructor]outgoing-response": "0:own fields -> own outgoing-response",
    "[method]outgoing-response.headers": "-> own fields",
    "[method]outgoing-response.body": "-> result<own outgoing-body,->",
    "[method]outgoing-body.write": "-> result<own output-stream,->",
    "[static]outgoing-body.finish": "0:own outgoing-body 1:option<-,own fields>",
    "[method]future-incoming-response.subscribe": "-> own pollable",
    "[method]future-incoming-response.get": "-> option<-,result<result<own incoming-response,->,->>",
    "http-error-code": "0:borrow error",
  },
  "wasi:http/outgoing-handler": {
    handle: "0:own outgoing-request 1:option<-,own request-options> -> result<own future-incoming-response,->",
  },
};

const METHOD = /^\[method\]([^.]+)\./;

/** Where handles stand in a function of an interface, which is named without version. */
export const handlesOf = (name: string, of: string): string => {
  const self = METHOD.exec(of)?.[1];
  const own = self === undefined ? [] : [`0:borrow ${self}`];
  const more = HANDLES[name]?.[of];
  return [...own, ...(more === undefined ? [] : [more])].join(" ");
};
