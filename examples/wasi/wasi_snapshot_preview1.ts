// What the host gives, as WASI preview1 names it. AssemblyScript imports from a module called as this file is.
// https://github.com/WebAssembly/WASI/blob/wasi-0.1/preview1/docs.md

export declare function args_sizes_get(count: usize, size: usize): u16;
export declare function args_get(pointers: usize, buffer: usize): u16;
export declare function environ_sizes_get(count: usize, size: usize): u16;
export declare function environ_get(pointers: usize, buffer: usize): u16;
export declare function clock_time_get(clock: u32, precision: u64, result: usize): u16;
export declare function poll_oneoff(input: usize, output: usize, count: usize, result: usize): u16;
export declare function proc_exit(code: u32): void;
export declare function fd_write(fd: u32, vectors: usize, count: usize, result: usize): u16;
export declare function fd_read(fd: u32, vectors: usize, count: usize, result: usize): u16;
export declare function fd_close(fd: u32): u16;
export declare function fd_readdir(fd: u32, buffer: usize, size: usize, cookie: u64, result: usize): u16;
export declare function path_open(
  fd: u32,
  lookup: u32,
  path: usize,
  length: usize,
  flags: u32,
  rights: u64,
  inheriting: u64,
  fdFlags: u32,
  result: usize,
): u16;
export declare function path_symlink(target: usize, targetLength: usize, fd: u32, path: usize, length: usize): u16;
export declare function sock_accept(fd: u32, flags: u32, result: usize): u16;
