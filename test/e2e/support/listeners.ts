// Where something listens, as Linux' /proc/net/tcp says. Pure.

const LISTEN = "0A";

// 0100407F is 127.64.0.1: four bytes, the last one first.
const addressOf = (hex: string): string => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");

/** The addresses with this prefix at which something listens on the port; one that is listened on twice is there twice. */
export const listenersIn = (procNetTcp: string, port: number, prefix: RegExp): readonly string[] =>
  procNetTcp
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = "", , state]) => state === LISTEN && Number.parseInt(local.slice(9), 16) === port)
    .map(([, local = ""]) => addressOf(local))
    .filter((address) => prefix.test(address));
