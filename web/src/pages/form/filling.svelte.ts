/** One response being filled, as its pages share it. All decisions are the core's. */
import { SvelteMap } from 'svelte/reactivity'
import { device } from '../../lib/core/device.svelte'
import type { ConflictView, ResponseCard, SurveyCard } from '../../lib/core/protocol'
import type { Screen, Value } from '../../lib/core/screen'
import { explain } from '../../lib/core/words'
import { reading } from '../../lib/i18n/index.svelte'

export class Filling {
  screen = $state<Screen | null>(null)
  survey = $state<SurveyCard | null>(null)
  card = $state<ResponseCard | null>(null)
  conflicts = $state<ConflictView[]>([])
  notes = $state<Record<string, string>>({})
  /** Why the last thing typed into a question was not taken. */
  errors = $state<Record<string, string>>({})
  /** A failure that is not one question's. */
  failure = $state<unknown>(null)
  saving = new SvelteMap<string, true>()
  private work: Promise<void> = Promise.resolve()

  constructor(
    readonly store: string,
    readonly response: string,
  ) {}

  /** Who else has the form open now. */
  get people() {
    return device.people[this.response] ?? []
  }

  /** Who else is typing into a question now. */
  typing(path: string): string[] {
    return this.people.filter((person) => person.typing && person.at === path).map((person) => person.name)
  }

  /** Tells the others where this person is. */
  stand(at: string, typing = false) {
    void device.call('stand', { response: this.response, at, typing }).catch(() => {})
  }

  get readOnly() {
    return this.survey?.state !== 'open'
  }

  /** Opens the response and reads what its pages show. */
  async open() {
    this.failure = null
    try {
      await this.find()
      if (!this.card) {
        // A form that was just entered comes with its first exchange.
        await device.call('sync', {})
        await this.find()
      }
      await device.call('openResponse', { response: this.response, language: reading.language })
      await this.refresh()
    } catch (reason) {
      this.failure = reason
    }
  }

  private async find() {
    const language = reading.language
    for (const survey of await device.call('surveys', { language })) {
      if (survey.mode === 'anonymous') continue
      const cards = await device.call('responses', { survey: survey.id })
      const card = cards.find((one) => one.id === this.response)
      if (card) {
        this.survey = survey
        this.card = card
        return
      }
    }
  }

  async refresh() {
    const at = { response: this.response, language: reading.language }
    const { screen, conflicts, notes } = await device.call('look', at)
    this.screen = screen
    this.conflicts = conflicts
    this.notes = notes
    await this.find()
  }

  /** Changes one question, in the order of typing; says beside it when it is not taken. */
  private change(path: string, act: () => Promise<unknown>): Promise<void> {
    this.saving.set(path, true)
    this.work = this.work.then(async () => {
      try {
        await act()
        delete this.errors[path]
        this.screen = await device.call('screen', { response: this.response, language: reading.language })
      } catch (reason) {
        this.errors[path] = explain(reason)
      } finally {
        this.saving.delete(path)
      }
    })
    return this.work
  }

  readonly answering = {
    text: (path: string, text: string) => this.change(path, () => device.save('setText', { response: this.response, path, text })),
    answer: (path: string, value: Value | null) =>
      this.change(path, () => device.save('setAnswer', { response: this.response, path, value })),
  }

  note(path: string, text: string) {
    return this.change(path, async () => {
      await device.save('note', { response: this.response, path, text })
      this.notes = await device.call('notes', { response: this.response })
    })
  }

  add(path: string) {
    return this.change(path, () => device.save('addRepeat', { response: this.response, path }))
  }

  remove(path: string) {
    return this.change(path, () => device.save('removeRepeat', { response: this.response, path }))
  }

  /** Resolves when everything typed so far is durable. */
  settled(): Promise<void> {
    return this.work
  }
}
