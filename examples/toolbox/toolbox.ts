// Small commands in one program, for trying out what a pod can do and what it cannot: `toolbox COMMAND [ARGUMENT…]`.
// Commands may be joined by `then`: `toolbox print hello then sleep 1000 then exit 3`.
import * as wasi from "../wasi/preview1";

function fail(text: string): void {
  wasi.complain(text);
  wasi.exit(1);
}

function at(list: string[], index: i32, otherwise: string): string {
  return index < list.length ? list[index] : otherwise;
}

function cat(path: string): void {
  const fd = wasi.openToRead(path);
  if (fd < 0) return fail(path + ": error " + wasi.openError.toString());
  for (let part = wasi.read(fd); part.byteLength > 0; part = wasi.read(fd)) wasi.write(1, part);
  wasi.close(fd);
}

function put(path: string, text: string, append: bool): void {
  const fd = wasi.openToWrite(path, append);
  if (fd < 0) return fail(path + ": error " + wasi.openError.toString());
  if (wasi.writeText(fd, text + "\n") != 0) fail(path + ": cannot be written");
  wasi.close(fd);
}

function list(path: string): void {
  const fd = wasi.openDirectory(path);
  if (fd < 0) return fail(path + ": error " + wasi.openError.toString());
  const names = wasi
    .names(fd)
    .filter((name) => name != "." && name != "..")
    .sort();
  for (let index = 0; index < names.length; index++) wasi.print(names[index]);
  wasi.close(fd);
}

function link(target: string, path: string): void {
  const error = wasi.link(target, path);
  if (error != 0) fail(path + ": error " + error.toString());
}

// Computes and never waits.
function loop(): void {
  let sum: u64 = 0;
  while (true) sum = sum * 6364136223846793005 + 1;
}

// Calls itself twice at every level, without any loop.
function recurse(depth: i32): i32 {
  return depth == 0 ? 1 : recurse(depth - 1) + recurse(depth - 1);
}

// Takes memory until there is none, then fails as a program does that cannot go on.
function grow(limitPages: i32): void {
  let pages = 0;
  while (pages < limitPages) {
    if (memory.grow(16) < 0) return fail("out of memory after " + pages.toString() + " pages");
    pages += 16;
  }
  wasi.print("took " + pages.toString() + " pages");
}

function flood(): void {
  const line = String.UTF8.encode("a line that nobody will ever read, and many more of them\n");
  while (true) wasi.write(1, line);
}

// Answers every connection with the pod's name, as HTTP wants it.
function serve(): void {
  const body = wasi.env("HOSTNAME", "unknown") + "\n";
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ";
  while (true) {
    const fd = wasi.accept();
    if (fd < 0) return fail("no listening socket");
    wasi.read(fd);
    wasi.writeText(fd, head + body.length.toString() + "\r\n\r\n" + body);
    wasi.close(fd);
  }
}

function number(text: string): i32 {
  return <i32>parseInt(text);
}

function run(command: string[]): void {
  const name = at(command, 0, "");
  const first = at(command, 1, "");
  if (name == "print") wasi.print(command.slice(1).join(" "));
  else if (name == "complain") wasi.complain(command.slice(1).join(" "));
  else if (name == "write") wasi.writeText(1, command.slice(1).join(" "));
  else if (name == "args") wasi.print(wasi.args().join("|"));
  else if (name == "env") wasi.print(first == "" ? wasi.environ().join("\n") : wasi.env(first, ""));
  else if (name == "sleep") wasi.sleep(number(first));
  else if (name == "pause") wasi.sleep(u64.MAX_VALUE / 1000000);
  else if (name == "exit") wasi.exit(number(first));
  else if (name == "trap") unreachable();
  else if (name == "loop") loop();
  else if (name == "recurse") recurse(number(first));
  else if (name == "grow") grow(number(at(command, 1, "65536")));
  else if (name == "flood") flood();
  else if (name == "cat") cat(first);
  else if (name == "put") put(first, at(command, 2, ""), false);
  else if (name == "append") put(first, at(command, 2, ""), true);
  else if (name == "ls") list(at(command, 1, "/"));
  else if (name == "link") link(first, at(command, 2, ""));
  else if (name == "serve") serve();
  else fail("unknown command: " + name);
}

export function _start(): void {
  const args = wasi.args();
  let from = 1;
  for (let index = 1; index <= args.length; index++) {
    if (index < args.length && args[index] != "then") continue;
    if (index > from) run(args.slice(from, index));
    from = index + 1;
  }
}
