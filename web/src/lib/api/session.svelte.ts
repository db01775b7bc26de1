import { api, ApiError, rememberSession } from './client'
import type { ServerView, SessionView } from './types'

/** Who is signed in, and who runs the server. */
class Session {
  who = $state<SessionView | null>(null)
  server = $state<ServerView | null>(null)
  /** False until the server was asked once. */
  asked = $state(false)

  /** Asks the server who is signed in; without a network nobody is. */
  async refresh() {
    try {
      this.take(await api.session())
    } catch {
      this.take(null)
    }
    this.asked = true
  }

  async askServer() {
    try {
      this.server = await api.server()
    } catch {
      // Without a network the pages of a device show what the device knows.
    }
  }

  async signIn(account: string, password: string) {
    await api.signIn(account, password)
    await this.refresh()
  }

  async signOut() {
    await api.signOut()
    this.take(null)
  }

  /** Forgets the session when a reply says that it has ended. */
  notice(error: unknown) {
    if (error instanceof ApiError && error.status === 401) this.take(null)
  }

  mayCollect() {
    return this.who?.role === 'admin' || this.who?.role === 'field-manager'
  }

  mayAnalyse() {
    return this.who?.role === 'admin' || this.who?.role === 'analyst'
  }

  private take(who: SessionView | null) {
    this.who = who
    rememberSession(who)
  }
}

export const session = new Session()
