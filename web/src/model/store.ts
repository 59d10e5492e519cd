/** A value that changes by pure functions and tells who listens. Fits React's useSyncExternalStore; knows no React. */
export interface Store<T> {
  get(): T;
  /** The same object back means: nothing changed, nobody is told. */
  update(change: (value: T) => T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    update(change) {
      const next = change(value);
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Remembers the last call: selectors that build lists answer the same list until what they are built from changes. */
export function remember<A extends readonly unknown[], R>(compute: (...args: A) => R): (...args: A) => R {
  let last: { args: A; result: R } | null = null;
  return (...args) => {
    if (last && last.args.length === args.length && args.every((arg, i) => Object.is(arg, last?.args[i])))
      return last.result;
    last = { args, result: compute(...args) };
    return last.result;
  };
}
