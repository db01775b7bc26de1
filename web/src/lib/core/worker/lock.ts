/** One tab writes a device's storage; the others wait until it is closed or gives way. */

export interface Held {
  /** Gives the storage to another tab. */
  release: () => void
  /** Resolves when another tab took the storage by force. */
  lost: Promise<void>
}

/** Waits for the storage of `store`; with `steal`, takes it from the tab that has it. */
export function acquire(store: string, steal: boolean, waiting: () => void): Promise<Held> {
  const name = `tsumugi-${store}`
  return new Promise((resolve, reject) => {
    let release: () => void = () => {}
    const ended = new Promise<void>((end) => (release = end))
    let lose: () => void = () => {}
    const lost = new Promise<void>((end) => (lose = end))
    const work = () => {
      resolve({ release, lost })
      return ended
    }
    const failed = (error: unknown) => {
      // A lock that was stolen rejects the request of the tab that held it.
      if (error instanceof DOMException && error.name === 'AbortError') lose()
      else reject(error instanceof Error ? error : new Error('the lock was refused'))
    }
    if (steal) {
      navigator.locks.request(name, { steal: true }, work).catch(failed)
      return
    }
    navigator.locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock) return work()
        waiting()
        navigator.locks.request(name, work).catch(failed)
        return undefined
      })
      .catch(failed)
  })
}
