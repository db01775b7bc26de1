/** The run of one anonymous respondent on a handed-over tablet. Nothing in here is ever stored:
 * the answers live in the core's memory, and in the screen that it draws from them. */
import { device } from '../../lib/core/device.svelte'
import { DeviceFailure } from '../../lib/core/protocol'
import { questionsOf, type QuestionView, type Rich, type Screen, type Value } from '../../lib/core/screen'
import { explain } from '../../lib/core/words'

export type Stage = 'hand' | 'card' | 'ask' | 'review' | 'end'

export class Run {
  stage = $state<Stage>('hand')
  screen = $state<Screen | null>(null)
  path = $state('')
  /** Why the answer to the present question cannot stay as it is. */
  error = $state('')
  /** What was cleared last, to take it back. */
  cleared = $state<{ path: string; value: Value } | null>(null)
  /** Texts that the form shows at its end: the help line. */
  closing = $state<Rich[]>([])
  busy = $state(false)
  private pending: Promise<void> = Promise.resolve()

  readonly steps = $derived(steps(this.screen))
  readonly index = $derived(Math.max(0, this.steps.findIndex((view) => view.path === this.path)))
  readonly view = $derived<QuestionView | null>(this.steps[this.index] ?? null)

  constructor(
    readonly survey: string,
    readonly practice: boolean,
    private language: () => string,
  ) {}

  /** Opens the form with a card, or for practice, at its first question. */
  async begin(card: string) {
    const language = this.language()
    if (this.practice) await device.call('openPractice', { survey: this.survey, language })
    else await device.call('openAnonymous', { survey: this.survey, card, language })
    await this.refresh()
    this.path = this.steps[0]?.path ?? ''
    this.stage = this.steps.length > 0 ? 'ask' : 'review'
  }

  async refresh() {
    this.screen = await device.call('anonymousScreen', { language: this.language() })
  }

  readonly answering = {
    text: (path: string, text: string) => this.change(() => device.call('anonymousSetText', { path, text })),
    answer: (path: string, value: Value | null) => this.change(() => device.call('anonymousSetAnswer', { path, value })),
  }

  private change(act: () => Promise<unknown>): Promise<void> {
    this.cleared = null
    this.pending = (async () => {
      try {
        await act()
        this.error = ''
        await this.refresh()
      } catch (reason) {
        this.error = explain(reason)
        if (reason instanceof DeviceFailure && reason.failure.code === 'restarted') this.wipe()
      }
    })()
    return this.pending
  }

  async clear() {
    const view = this.view
    if (!view || view.value === null) return
    const value = view.value
    await this.answering.answer(view.path, null)
    this.cleared = { path: view.path, value }
  }

  async undo() {
    const cleared = this.cleared
    if (cleared) await this.answering.answer(cleared.path, cleared.value)
  }

  async decline() {
    const view = this.view
    if (!view?.decline) return
    await this.answering.answer(view.path, view.decline)
    await this.next('')
  }

  /** Goes to the next question, unless this one still needs something; `missing` says what. */
  async next(missing: string) {
    // A field that is still being typed in is left first: its answer counts.
    if (document.activeElement instanceof HTMLInputElement || document.activeElement instanceof HTMLTextAreaElement) {
      document.activeElement.blur()
    }
    await this.pending
    const view = this.view
    if (!view || this.error) return
    if (view.violation && view.violation.kind !== 'required') return void (this.error = view.violation.message)
    if (view.required && view.control !== 'note' && (view.value === null || view.value === '')) {
      return void (this.error = missing)
    }
    const following = this.steps[this.index + 1]
    this.cleared = null
    if (following) this.path = following.path
    else this.stage = 'review'
  }

  back() {
    this.error = ''
    this.cleared = null
    if (this.stage === 'review') {
      this.path = this.steps.at(-1)?.path ?? ''
      this.stage = 'ask'
      return
    }
    const before = this.steps[this.index - 1]
    if (before) this.path = before.path
  }

  /** Seals the answers; goes back to the first question that is wrong, if any is. */
  async finish() {
    this.busy = true
    try {
      const closing = closingNotes(this.screen)
      const { violations } = this.practice
        ? { violations: await device.call('anonymousValidate', { language: this.language() }) }
        : await device.call('anonymousFinish', {})
      const first = violations[0]
      if (first) {
        this.path = first.path
        this.stage = 'ask'
        this.error = first.message
        return
      }
      if (this.practice) await device.call('anonymousAbandon', {})
      this.screen = null
      this.closing = closing
      this.stage = 'end'
    } catch (reason) {
      this.error = explain(reason)
    } finally {
      this.busy = false
    }
  }

  /** Forgets everything that this respondent entered. */
  wipe() {
    void device.call('anonymousAbandon', {}).catch(() => {})
    this.screen = null
    this.path = ''
    this.error = ''
    this.cleared = null
    this.closing = []
    this.stage = 'hand'
  }
}

/** Questions and notes in the order in which a person meets them. Loose notes share one section
 * without a path: the first opens the form, the others close it. */
function all(screen: Screen | null): QuestionView[] {
  const sections = screen?.sections ?? []
  const views = (loose: boolean) =>
    sections.filter((section) => (section.path === '') === loose).flatMap((section) => questionsOf(section.elements)).filter(isShown)
  const loose = views(true)
  const grouped = views(false)
  if (grouped.length === 0 || loose.some((view) => view.control !== 'note')) {
    return sections.flatMap((section) => questionsOf(section.elements)).filter(isShown)
  }
  return [...loose.slice(0, 1), ...grouped, ...loose.slice(1)]
}

function isShown(view: QuestionView): boolean {
  return view.control !== 'none' && !view.calculated
}

/** What is shown one by one: questions, and notes that another question follows. */
export function steps(screen: Screen | null): QuestionView[] {
  const views = all(screen)
  return views.slice(0, views.findLastIndex((view) => view.control !== 'note') + 1)
}

/** The notes after the last question: shown when the answers are locked away. */
export function closingNotes(screen: Screen | null): Rich[] {
  const views = all(screen)
  return views.slice(views.findLastIndex((view) => view.control !== 'note') + 1).map((view) => view.label)
}
