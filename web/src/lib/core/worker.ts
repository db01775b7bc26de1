/** Runs the core beside the page: one call at a time, each answered after its journal is durable.
 *
 * The core is a state machine without clock, disk or network: this file brings all three.
 * When the core traps, the page throws the worker away and starts another on what is stored. */
import init, { WebDevice, type WebRequest } from '../../wasm/tsumugi.js'
import module from '../../wasm/tsumugi_bg.wasm?url'
import type { Call, Failure, Message, Method, Methods } from './protocol'
import { isFull, Journal, type Change } from './worker/journal'
import { Live } from './worker/live'
import { acquire, type Held } from './worker/lock'
import { exchange, type Outgoing } from './worker/sync'

let device: WebDevice | null = null
let journal: Journal | null = null
let held: Held | null = null
let live: Live | null = null
/** Journals that could not be written yet: memory is ahead of the disk by these. */
let unwritten: Change[] = []
let queue: Promise<unknown> = Promise.resolve()
let syncing: Promise<void> | null = null
let timer: ReturnType<typeof setTimeout> | undefined
/** When the timer ends. */
let due = Number.POSITIVE_INFINITY

class CallFailed extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code)
  }
}

function tell(message: Message) {
  postMessage(message)
}

function now(): [bigint, number] {
  return [BigInt(Date.now()), -new Date().getTimezoneOffset()]
}

function core(): WebDevice {
  if (!device) throw new CallFailed({ code: 'stopped', detail: 'no device is open' })
  return device
}

/** What the core threw: its own failure as JSON, or a trap. */
function failureOf(error: unknown): Failure {
  if (error instanceof CallFailed) return error.failure
  if (typeof error === 'string') {
    try {
      return JSON.parse(error) as Failure
    } catch {
      // Not a failure of the core's own.
    }
  }
  return { code: 'internal', detail: error instanceof Error ? error.name : '' }
}

/** Runs after everything before it, whether that succeeded or not. */
function inOrder<T>(work: () => Promise<T> | T): Promise<T> {
  const result = queue.then(work)
  queue = result.catch(() => {})
  return result
}

/** Makes durable what the core changed; what cannot be written is kept and tried again. */
async function settle() {
  if (!device || !journal) return
  unwritten.push(...(device.takeJournal() as Change[]))
  if (unwritten.length === 0) return
  try {
    await journal.write(unwritten)
    unwritten = []
  } catch (error) {
    throw new CallFailed({ code: isFull(error) ? 'storage-full' : 'not-saved', detail: '' })
  }
}

function tellStatus() {
  if (device) tell({ kind: 'status', status: JSON.parse(device.status()) })
}

/** The host sends a request of its own making only to the server of this page. */
function outgoing(request: WebRequest): Outgoing {
  const sent: Outgoing = {
    method: request.method,
    path: request.path,
    contentType: request.contentType,
    authorization: request.authorization ?? null,
    body: new Uint8Array(request.body),
  }
  request.free()
  return sent
}

async function open({ store, steal }: Methods['open']['args']): Promise<Methods['open']['value']> {
  if (!globalThis.isSecureContext || !crypto.subtle) throw new CallFailed({ code: 'insecure', detail: '' })
  held = await acquire(store, steal, () => tell({ kind: 'lock', held: false }))
  tell({ kind: 'lock', held: true })
  void held.lost.then(() => {
    live?.end()
    device = null
    journal?.close()
    tell({ kind: 'lock', held: false })
  })
  await init({ module_or_path: module })
  journal = await Journal.open(store)
  const [rows, key] = [await journal.rows(), await journal.dataKey()]
  device = new WebDevice(rows, key, ...now())
  key.fill(0)
  await settle()
  tellStatus()
  scheduleSync(0)
  follow()
  return {
    enrolment: JSON.parse(device.enrolment()),
    persisted: (await navigator.storage?.persisted?.()) ?? false,
  }
}

async function enrolWith(request: WebRequest) {
  const reply = await exchange(outgoing(request))
  if (!reply) throw new CallFailed({ code: 'offline', detail: '' })
  core().onEnrolled(reply.status, reply.body)
  const enrolment = JSON.parse(core().enrolment()) as Methods['enrol']['value']
  scheduleSync(0)
  follow()
  return enrolment
}

/** Follows the stream of news; a device that is not enrolled has none. */
function follow() {
  live?.end()
  live = null
  if (JSON.parse(core().enrolment()) === null) return
  live = new Live({
    request: () => inOrder(() => ask(device?.liveRequest())),
    take: (bytes) =>
      inOrder(() => {
        if (!device) return
        const told = JSON.parse(device.onLive(bytes))
        if (told.people.length > 0) tell({ kind: 'people', people: told.people })
        if (told.fetch) scheduleSync(Number(device.waitMs(...now())))
      }),
    lost: () => tell({ kind: 'people', people: [] }),
  })
}

function ask(request: WebRequest | undefined): Outgoing | null {
  return request ? outgoing(request) : null
}

/** Exchanges in `inMs`, or earlier where that was planned: somebody who goes on typing must not
 * push it back for ever. Too early costs nothing; the core then has nothing to send. */
function scheduleSync(inMs: number) {
  const wait = Math.min(inMs, 60_000)
  if (performance.now() + wait >= due) return
  due = performance.now() + wait
  clearTimeout(timer)
  timer = setTimeout(() => {
    due = Number.POSITIVE_INFINITY
    void synchronize()
  }, wait)
}

/** Exchanges until nothing is left to send now; another call joins the one under way. */
function synchronize(): Promise<void> {
  syncing ??= exchangeAll().finally(() => {
    syncing = null
    if (device) scheduleSync(Number(device.waitMs(...now())) + 200)
  })
  return syncing
}

async function exchangeAll() {
  for (;;) {
    const request = await inOrder(async () => {
      const next = device?.nextRequest(...now())
      await settle()
      return next ? { id: next.id, sent: outgoing(next) } : null
    }).catch(() => null)
    tellStatus()
    if (!request) return
    const reply = await exchange(request.sent)
    const more = await inOrder(async () => {
      const body = reply?.body ?? new Uint8Array()
      const after = reply?.retryAfter ?? undefined
      const progress = JSON.parse(core().onReply(request.id, reply?.status ?? 0, after, body, ...now()))
      await settle()
      if (progress.changed.length > 0 || progress.merged.length > 0) tell({ kind: 'news' })
      return Boolean(progress.more)
    }).catch(() => false)
    tellStatus()
    if (!more) return
  }
}

type Handlers = { [M in Method]: (args: Methods[M]['args']) => Promise<Methods[M]['value']> | Methods[M]['value'] }

/** Each method of the page as one call of the core. */
const handlers: Handlers = {
  open,
  close: async () => {
    live?.end()
    live = null
    clearTimeout(timer)
    due = Number.POSITIVE_INFINITY
    await settle()
    device?.free()
    device = null
    journal?.close()
    held?.release()
    return null
  },
  enrol: ({ code, name }) => enrolWith(core().enrolRequest(location.origin, code, name)),
  enter: ({ code, name, department }) => enrolWith(core().companyRequest(location.origin, code, name, department)),
  surveys: ({ language }) => JSON.parse(core().surveys(language)),
  responses: ({ survey }) => JSON.parse(core().responses(survey)),
  newResponse: ({ survey, name }) => core().newResponse(survey, name),
  openResponse: ({ response, language }) => (core().openResponse(response, language, ...now()), null),
  closeResponse: ({ response }) => (core().closeResponse(response), null),
  screen: ({ response, language }) => JSON.parse(core().screen(response, language)),
  setText: ({ response, path, text }) => (core().setText(response, path, text, ...now()), null),
  setAnswer: ({ response, path, value }) => (core().setAnswer(response, path, JSON.stringify(value), ...now()), null),
  addRepeat: ({ response, path }) => core().addRepeat(response, path, ...now()),
  removeRepeat: ({ response, path }) => (core().removeRepeat(response, path, ...now()), null),
  note: ({ response, path, text }) => (core().note(response, path, text, ...now()), null),
  notes: ({ response }) => JSON.parse(core().notes(response)),
  look: ({ response, language }) => ({
    screen: JSON.parse(core().screen(response, language)),
    conflicts: JSON.parse(core().conflicts(response, language)),
    notes: JSON.parse(core().notes(response)),
  }),
  choose: ({ response, path, value }) => (core().choose(response, path, JSON.stringify(value), ...now()), null),
  chooseText: ({ response, path, text }) => (core().chooseText(response, path, text, ...now()), null),
  stand: ({ response, at, typing }) => {
    live?.stand(() => inOrder(() => ask(device?.presenceRequest(response ?? undefined, at, typing))))
    return null
  },
  validate: ({ response, language }) => JSON.parse(core().validate(response, language)),
  submit: ({ response, by, reason, language }) => JSON.parse(core().submit(response, by, reason, language, ...now())),
  openAnonymous: ({ survey, card, language }) => (core().openAnonymous(survey, card, language, ...now()), null),
  openPractice: ({ survey, language }) => (core().openPractice(survey, language, ...now()), null),
  anonymousScreen: ({ language }) => JSON.parse(core().anonymousScreen(language)),
  anonymousSetText: ({ path, text }) => (core().anonymousSetText(path, text), null),
  anonymousSetAnswer: ({ path, value }) => (core().anonymousSetAnswer(path, JSON.stringify(value)), null),
  anonymousValidate: ({ language }) => JSON.parse(core().anonymousValidate(language)),
  anonymousFinish: () => ({ violations: JSON.parse(core().anonymousFinish()) }),
  anonymousAbandon: () => (core().anonymousAbandon(), null),
  packBundle: () => new Uint8Array(core().packBundle()),
  readBundleReply: ({ file }) => {
    const news = JSON.parse(core().readBundleReply(file, ...now()))
    if (news.changed.length > 0 || news.merged.length > 0) tell({ kind: 'news' })
    return news
  },
  status: () => JSON.parse(core().status()),
  sync: () => null as never,
}

async function answer(call: Call): Promise<unknown> {
  if (call.method === 'sync') {
    await inOrder(() => core().syncNow())
    live?.soon()
    await synchronize()
    return JSON.parse(core().status())
  }
  return inOrder(async () => {
    const handler = handlers[call.method] as (args: unknown) => unknown
    const value = await handler(call.args)
    await settle()
    return value
  })
}

addEventListener('message', (event: MessageEvent<Call>) => {
  const { id } = event.data
  answer(event.data).then(
    (value) => {
      tell({ kind: 'value', id, value })
      tellStatus()
      // What was just saved is sent soon; the core knows when it may.
      if (device && !syncing) scheduleSync(Number(device.waitMs(...now())) + 200)
    },
    (error: unknown) => {
      if (error instanceof WebAssembly.RuntimeError) return tell({ kind: 'trapped' })
      tell({ kind: 'failure', id, failure: failureOf(error) })
    },
  )
})
