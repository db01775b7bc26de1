/** Which devices this browser holds: the tablet, and each company form that was opened here. */

export interface Place {
  /** Name of the storage. */
  store: string
  role: 'tablet' | 'company'
  /** What people see: the company's name, the tablet's name. */
  name: string
  /** The response to fill, for a company. */
  response: string
}

const KEY = 'tsumugi-places'

/** The devices of this browser; names only, never an answer or a code. */
export function places(): Place[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? (stored as Place[]) : []
  } catch {
    return []
  }
}

/** Remembers a device, or gives it a new name. */
export function rememberPlace(place: Place) {
  const others = places().filter((other) => other.store !== place.store)
  localStorage.setItem(KEY, JSON.stringify([place, ...others]))
}

/** A new storage name for a company form. */
export function newCompanyStore(): string {
  const random = crypto.getRandomValues(new Uint8Array(6))
  return 'c-' + Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
