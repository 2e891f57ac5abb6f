// Apart from metering itself, which a thread that only runs what was metered does not load.

/** The exports that metering adds. */
export const METER = {
  /** A mutable i32: what the guest may still spend. */
  fuel: "orrery:fuel",
  /** A mutable i32: 1 after a memory.grow was refused. */
  refused: "orrery:refused",
  /** A table of one function, called when the fuel is spent; the host puts it there. */
  turn: "orrery:turn",
  /** The module's start function, which would otherwise run where it cannot be suspended. */
  start: "orrery:start",
} as const;
