// A guest's memory as the host reads and writes it. A pointer outside of it throws a RangeError, which becomes EFAULT.

/** Numbers and bytes in a guest's memory. The views are renewed when the memory has grown. */
export class GuestMemory {
  #memory: WebAssembly.Memory | undefined;
  #view = new DataView(new ArrayBuffer(0));
  #bytes = new Uint8Array();

  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** How large it is now. */
  get byteLength(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  get view(): DataView {
    if (this.#bytes.byteLength === 0) this.#renew();
    return this.#view;
  }

  /** The `length` bytes at `pointer`, not copied. Throws: RangeError. */
  bytes(pointer: number, length: number): Uint8Array {
    if (this.#bytes.byteLength === 0) this.#renew();
    const from = pointer >>> 0;
    const to = from + (length >>> 0);
    if (to > this.#bytes.byteLength) throw new RangeError("outside of the guest's memory");
    return this.#bytes.subarray(from, to);
  }

  u32(pointer: number): number {
    return this.view.getUint32(pointer >>> 0, true);
  }

  setU8(pointer: number, value: number): void {
    this.view.setUint8(pointer >>> 0, value);
  }

  setU16(pointer: number, value: number): void {
    this.view.setUint16(pointer >>> 0, value, true);
  }

  setU32(pointer: number, value: number): void {
    this.view.setUint32(pointer >>> 0, value, true);
  }

  setU64(pointer: number, value: bigint): void {
    this.view.setBigUint64(pointer >>> 0, value, true);
  }

  #renew(): void {
    const buffer = this.#memory?.buffer ?? new ArrayBuffer(0);
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }
}
