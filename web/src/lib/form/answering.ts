/** What a question's field calls when a person answers. */
import type { Value } from '../core/screen'

export interface Answering {
  /** What was typed, as typed; the core reads it. */
  text: (path: string, text: string) => Promise<void>
  /** A choice, or nothing. */
  answer: (path: string, value: Value | null) => Promise<void>
}

/** The id of a question's first field. */
export function fieldId(path: string): string {
  return `q-${path.replaceAll('/', '_')}`
}
