// When one plugin has changed an object, those before it may have more to say: they run once more, and never a third time.
// Of those who are asked from outside, webhooks and policies, only the ones are asked again that want it.
// upstream: apiserver/pkg/admission/reinvocation.go, plugin/webhook/mutating/reinvocationcontext.go

/** What one plugin remembers of whom it has asked about a request. */
export class Reinvocable {
  readonly #asked = new Set<string>();
  readonly #again = new Set<string>();
  #left = "";

  /** Whoever was asked so far, and wants it, is to be asked again. */
  changed(): void {
    for (const id of this.#asked) this.#again.add(id);
    this.#asked.clear();
  }

  /** `id` has been asked, and wants to be asked again when somebody changes the object after it. */
  asked(id: string): void {
    this.#asked.add(id);
  }

  isWanted(id: string): boolean {
    return this.#again.has(id);
  }

  /** The plugin's round begins. In the second one others may have changed the object meanwhile. */
  begin(object: unknown): void {
    if (this.#asked.size > 0 && JSON.stringify(object) !== this.#left) this.changed();
  }

  /** The plugin's round is over. */
  end(object: unknown): void {
    if (this.#asked.size > 0) this.#left = JSON.stringify(object);
  }
}

/** The rounds of one request's mutation. */
export class Reinvocation {
  #plugins: Map<string, Reinvocable> | undefined; // few requests meet a plugin that remembers
  #isWanted = false;
  #isSecond = false;

  /** True in the second round. */
  get isSecond(): boolean {
    return this.#isSecond;
  }

  /** The number of the round. */
  get round(): 0 | 1 {
    return this.#isSecond ? 1 : 0;
  }

  /** The object was changed in a way that others should see. */
  want(): void {
    this.#isWanted = true;
  }

  /** Begins the second round; false: nobody wants it. */
  begin(): boolean {
    this.#isSecond = this.#isWanted;
    return this.#isSecond;
  }

  /** What the plugin of this name remembers. */
  of(plugin: string): Reinvocable {
    this.#plugins ??= new Map();
    const present = this.#plugins.get(plugin) ?? new Reinvocable();
    this.#plugins.set(plugin, present);
    return present;
  }
}
