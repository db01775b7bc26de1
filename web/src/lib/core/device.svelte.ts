import { DeviceFailure, type Enrolment, type Message, type Method, type Methods, type Person, type SyncStatus } from './protocol'

type Waiting = { resolve: (value: unknown) => void; reject: (error: Error) => void }

const SYNCED: SyncStatus = { state: 'synced', waitingChanges: 0, waitingRecords: 0, keptRecords: 0, lastSync: null, problem: '' }

/** The device of this browser, as the pages see it: a core in a worker, restarted when it traps. */
class DeviceClient {
  /** Which device's storage is open. */
  store = $state<string | null>(null)
  enrolment = $state<Enrolment | null>(null)
  status = $state<SyncStatus>(SYNCED)
  /** Rises when something arrived from the server. */
  news = $state(0)
  /** Who else has a response open now, by response. */
  people = $state<Record<string, Person[]>>({})
  /** Rises when the core was started again: what was open must be opened again. */
  starts = $state(0)
  /** Another tab holds the storage. */
  elsewhere = $state(false)
  /** Moment of the last answer that is safe on this device. */
  savedAt = $state<Date | null>(null)
  persisted = $state(false)

  private worker: Worker | null = null
  private waiting = new Map<number, Waiting>()
  private next = 1
  private opening: Promise<void> | null = null

  /** Opens the storage of one device, once; closes another that was open. */
  async use(store: string, steal = false): Promise<void> {
    if (this.store === store && !steal && this.opening) return this.opening
    this.stop()
    this.store = store
    this.opening = this.begin(steal)
    return this.opening
  }

  /** Calls the core; the answer is durable when this resolves. */
  async call<M extends Method>(method: M, args: Methods[M]['args']): Promise<Methods[M]['value']> {
    await this.opening
    return this.send(method, args)
  }

  /** Makes this browser a device of the server, or of one company. */
  async enrol<M extends 'enrol' | 'enter'>(method: M, args: Methods[M]['args']): Promise<Enrolment> {
    this.enrolment = await this.call(method, args)
    return this.enrolment
  }

  /** As `call`, for a change that a person made: the page may then say "saved". */
  async save<M extends Method>(method: M, args: Methods[M]['args']): Promise<Methods[M]['value']> {
    const value = await this.call(method, args)
    this.savedAt = new Date()
    return value
  }

  /** Gives the storage up. */
  stop() {
    this.worker?.terminate()
    this.worker = null
    this.failAll('stopped')
    this.store = null
    this.opening = null
    this.enrolment = null
    this.elsewhere = false
    this.savedAt = null
    this.people = {}
    this.status = SYNCED
  }

  private async begin(steal: boolean) {
    this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'tsumugi' })
    this.worker.onmessage = (event: MessageEvent<Message>) => this.take(event.data)
    this.worker.onerror = () => this.restart()
    const opened = await this.send('open', { store: this.store ?? '', steal })
    this.enrolment = opened.enrolment
    this.persisted = opened.persisted
    this.elsewhere = false
    this.starts += 1
  }

  private send<M extends Method>(method: M, args: Methods[M]['args']): Promise<Methods[M]['value']> {
    return new Promise((resolve, reject) => {
      if (!this.worker) return reject(new DeviceFailure({ code: 'stopped', detail: '' }))
      const id = this.next++
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.worker.postMessage({ id, method, args: $state.snapshot(args) })
    })
  }

  private take(message: Message) {
    switch (message.kind) {
      case 'value': return this.settle(message.id)?.resolve(message.value)
      case 'failure': return this.settle(message.id)?.reject(new DeviceFailure(message.failure))
      case 'status': this.status = message.status; return
      case 'news': this.news += 1; return
      case 'people':
        if (message.people.length === 0) this.people = {}
        for (const { response, people } of message.people) this.people[response] = people
        return
      case 'lock': this.elsewhere = !message.held; return
      case 'trapped': return this.restart()
    }
  }

  private settle(id: number): Waiting | undefined {
    const waiting = this.waiting.get(id)
    this.waiting.delete(id)
    return waiting
  }

  /** Throws the worker away and starts another on what is stored. */
  private restart() {
    this.worker?.terminate()
    this.failAll('restarted')
    this.opening = this.begin(false)
    // A core that cannot start is reported to whoever calls next.
    this.opening.catch(() => {})
  }

  private failAll(code: string) {
    const waiting = [...this.waiting.values()]
    this.waiting.clear()
    for (const one of waiting) one.reject(new DeviceFailure({ code, detail: '' }))
  }
}

export const device = new DeviceClient()

/** Tries to send soon when there may be a network again. `navigator.onLine` alone does not tell. */
export function watchNetwork() {
  const poke = () => {
    if (device.store && !device.elsewhere && device.enrolment) void device.call('sync', {}).catch(() => {})
  }
  addEventListener('online', poke)
  addEventListener('focus', poke)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') poke()
  })
}
