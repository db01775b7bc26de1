/** Follows the server's stream of news while the device is open; without it all works, a minute later. */
import type { Outgoing } from './sync'

const FIRST_MS = 1_000
const LONGEST_MS = 60_000
/** The server forgets where a person is when nothing was said for longer. */
const STAND_AGAIN_MS = 20_000

export interface Host {
  /** The request of a new stream; nothing when the server would not give one. */
  request: () => Promise<Outgoing | null>
  /** A piece of the stream came. */
  take: (bytes: Uint8Array) => Promise<void>
  /** The stream ended: who is where is not known any more. */
  lost: () => void
}

export class Live {
  private ending = new AbortController()
  private wake: () => void = () => {}
  private standing: { timer: ReturnType<typeof setInterval> } | null = null

  constructor(private readonly host: Host) {
    void this.follow()
  }

  /** There may be a network again. */
  soon() {
    this.wake()
  }

  /** Ends the stream. */
  end() {
    clearInterval(this.standing?.timer)
    this.ending.abort()
    this.wake()
  }

  /** Says where the person is, now and every 20 seconds until the next call. */
  stand(request: () => Promise<Outgoing | null>) {
    clearInterval(this.standing?.timer)
    const say = async () => {
      const sent = await request()
      if (sent) await send(sent, this.ending.signal).catch(() => {})
    }
    this.standing = { timer: setInterval(say, STAND_AGAIN_MS) }
    void say()
  }

  private async follow() {
    let wait = FIRST_MS
    const { signal } = this.ending
    while (!signal.aborted) {
      try {
        const request = await this.host.request()
        const stream = request && (await send(request, signal))
        if (stream?.ok && stream.body) {
          wait = FIRST_MS
          await this.read(stream.body)
        }
      } catch {
        // No network, or the page closes.
      }
      if (signal.aborted) return
      this.host.lost()
      await this.sleep(wait * (0.5 + Math.random() / 2))
      wait = Math.min(wait * 2, LONGEST_MS)
    }
  }

  private async read(body: ReadableStream<Uint8Array>) {
    const reader = body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      await this.host.take(value)
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

function send(request: Outgoing, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = {}
  if (request.authorization) headers['authorization'] = request.authorization
  const bare = { method: request.method, headers, signal, credentials: 'omit', cache: 'no-store', referrerPolicy: 'no-referrer' } as const
  if (request.method === 'GET') return fetch(request.path, bare)
  return fetch(request.path, { ...bare, headers: { ...headers, 'content-type': request.contentType }, body: request.body })
}
