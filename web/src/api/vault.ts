/**
 * The browser's database, where it lets us have one: unsent messages, and a copy of the history. Loaded after the first
 * paint. Nothing here ever fails: what cannot be stored is not, and what cannot be read is not there.
 */

const NAME = "tms";
const VERSION = 1;
/** Every record has a `user` and an `id`: nobody reads what another person left. */
const STORES = ["unsent", "conversations", "people"] as const;

export type StoreName = (typeof STORES)[number];
export interface Entry {
  user: string;
  id: string;
}

/** What is done within one transaction. */
export interface Shelves {
  get<E extends Entry>(store: StoreName, user: string, id: string): Promise<E | undefined>;
  all<E extends Entry>(store: StoreName, user: string): Promise<E[]>;
  put<E extends Entry>(store: StoreName, entry: E): void;
  remove(store: StoreName, user: string, id: string): void;
  /** Everything of this person; of everybody else with `others`. */
  clear(store: StoreName, user: string, others?: "others"): void;
}

export interface Vault {
  read<T>(stores: StoreName[], work: (shelves: Shelves) => Promise<T>): Promise<T | null>;
  /** All of it or nothing. Answers when it is on its way to the disk. */
  write(stores: StoreName[], work: (shelves: Shelves) => unknown): Promise<void>;
}

export async function openVault(
  factory: IDBFactory | undefined = globalThis.indexedDB,
): Promise<Vault | null> {
  try {
    return factory ? new BrowserVault(await opened(factory)) : null;
  } catch {
    // Private windows of some browsers.
    return null;
  }
}

class BrowserVault implements Vault {
  constructor(private readonly database: IDBDatabase) {
    // A newer version of this page, in another tab, waits for us.
    database.onversionchange = () => database.close();
  }

  async read<T>(stores: StoreName[], work: (shelves: Shelves) => Promise<T>): Promise<T | null> {
    try {
      return await work(shelvesOf(this.database.transaction(stores, "readonly")));
    } catch {
      return null;
    }
  }

  async write(stores: StoreName[], work: (shelves: Shelves) => unknown): Promise<void> {
    try {
      const transaction = this.database.transaction(stores, "readwrite");
      const done = new Promise<void>((resolve) => {
        transaction.oncomplete = () => resolve();
        // A full disk: the transaction leaves nothing behind.
        transaction.onabort = () => resolve();
      });
      await work(shelvesOf(transaction));
      await done;
    } catch {
      // The database was closed, or cleared by a person.
    }
  }
}

function shelvesOf(transaction: IDBTransaction): Shelves {
  const store = (name: StoreName) => transaction.objectStore(name);
  return {
    get: (name, user, id) => answer(store(name).get([user, id])),
    all: (name, user) => answer(store(name).getAll(of(user))),
    put: (name, entry) => void store(name).put(entry),
    remove: (name, user, id) => void store(name).delete([user, id]),
    clear: (name, user, others) => {
      if (!others) store(name).delete(of(user));
      else {
        store(name).delete(IDBKeyRange.upperBound([user], true));
        store(name).delete(IDBKeyRange.lowerBound([user, []], true));
      }
    },
  };
}

/** Arrays come after every string in the order of keys. */
function of(user: string): IDBKeyRange {
  return IDBKeyRange.bound([user], [user, []]);
}

function opened(factory: IDBFactory): Promise<IDBDatabase> {
  const request = factory.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    for (const name of STORES) request.result.createObjectStore(name, { keyPath: ["user", "id"] });
  };
  return answer(request);
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
