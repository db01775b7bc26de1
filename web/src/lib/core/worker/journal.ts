/** Durable storage of a device in the browser: one IndexedDB database per device.
 *
 * The core keeps everything in memory and hands out a journal of what changed; each
 * journal is written in one transaction with strict durability, and only then is an
 * answer called saved. Values are sealed by the core; the key that opens them is
 * wrapped by a key of the browser that no script can read out.
 */

/** A key and its value, or nothing where the key was removed. */
export type Change = [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer> | null]

const ROWS = 'rows'
const KEYS = 'keys'

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the database refused'))
  })
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'))
  })
}

export class Journal {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(name: string): Promise<Journal> {
    const request = indexedDB.open(`tsumugi-${name}`, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(ROWS)
      request.result.createObjectStore(KEYS)
    }
    const database = await done(request)
    // Another tab that wants to delete or upgrade the database is not kept waiting.
    database.onversionchange = () => database.close()
    return new Journal(database)
  }

  /** Every row, for a core that starts. */
  async rows(): Promise<Change[]> {
    const rows = this.database.transaction(ROWS).objectStore(ROWS)
    const [keys, values] = await Promise.all([done(rows.getAllKeys()), done(rows.getAll())])
    return keys.map((key, index) => [new Uint8Array(key as ArrayBuffer), values[index] as Uint8Array<ArrayBuffer>])
  }

  /** Writes all changes or none; resolves when they would survive a power cut. */
  async write(changes: Change[]): Promise<void> {
    const transaction = this.database.transaction(ROWS, 'readwrite', { durability: 'strict' })
    const rows = transaction.objectStore(ROWS)
    for (const [key, value] of changes) {
      if (value === null) rows.delete(key)
      else rows.put(value, key)
    }
    await committed(transaction)
  }

  /** The device's data key: made once, stored wrapped. */
  async dataKey(): Promise<Uint8Array> {
    const stored = this.database.transaction(KEYS).objectStore(KEYS)
    const [wrapping, wrapped, iv] = await Promise.all([
      done<CryptoKey | undefined>(stored.get('wrapping')),
      done<ArrayBuffer | undefined>(stored.get('wrapped')),
      done<Uint8Array<ArrayBuffer> | undefined>(stored.get('iv')),
    ])
    if (wrapping && wrapped && iv) {
      return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, wrapping, wrapped))
    }
    return this.makeDataKey()
  }

  private async makeDataKey(): Promise<Uint8Array> {
    const key = crypto.getRandomValues(new Uint8Array(32))
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const wrapping = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const wrapped = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, wrapping, key)
    const transaction = this.database.transaction(KEYS, 'readwrite', { durability: 'strict' })
    const keys = transaction.objectStore(KEYS)
    keys.put(wrapping, 'wrapping')
    keys.put(wrapped, 'wrapped')
    keys.put(iv, 'iv')
    await committed(transaction)
    return key
  }

  close() {
    this.database.close()
  }
}

/** True when the database failed because the device is full. */
export function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
}
