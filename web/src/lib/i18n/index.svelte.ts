import * as common from './common'
import * as form from './form'
import * as staff from './staff'
import * as tablet from './tablet'

/** Languages of the pages themselves; a questionnaire may have more. */
export type UiLanguage = 'ja' | 'en'
/** Text size of the pages, in three steps. */
export type TextSize = 'm' | 'l' | 'xl'

const words = {
  ja: { ...common.ja, tablet: tablet.ja, form: form.ja, staff: staff.ja },
  en: { ...common.en, tablet: tablet.en, form: form.en, staff: staff.en },
}

function stored<T extends string>(key: string, allowed: readonly T[], fallback: T): T {
  try {
    const value = localStorage.getItem(key) as T | null
    return value && allowed.includes(value) ? value : fallback
  } catch {
    return fallback
  }
}

function store(key: string, value: string) {
  try {
    localStorage.setItem(key, value)
  } catch {
    // A browser that refuses storage of settings still works; the choice is just not kept.
  }
}

/** The page language that belongs to a language tag: Japanese variants read Japanese. */
export function uiLanguage(tag: string): UiLanguage {
  return tag.startsWith('ja') ? 'ja' : 'en'
}

class Reading {
  language = $state<UiLanguage>(
    stored('language', ['ja', 'en'], typeof navigator === 'undefined' || navigator.language.startsWith('ja') ? 'ja' : 'en'),
  )
  size = $state<TextSize>(stored('size', ['m', 'l', 'xl'], 'm'))

  /** Keeps the language for the next page and the next visit. */
  chooseLanguage(language: UiLanguage) {
    this.language = language
    store('language', language)
  }

  chooseSize(size: TextSize) {
    this.size = size
    store('size', size)
  }
}

/** How the person at the screen reads: language and text size. */
export const reading = new Reading()

/** The words of one language; kiosk pages pass the respondent's, which is not kept. */
export function wordsOf(language: UiLanguage) {
  return words[language]
}

/** The words of the pages in the chosen language. */
export function t() {
  return words[reading.language]
}

/** Picks a text by language, falling back to Japanese, then to whatever there is. */
export function localized(text: Record<string, string> | string | null | undefined, language: string = reading.language): string {
  if (text == null) return ''
  if (typeof text === 'string') return text
  return text[language] ?? text['ja'] ?? text['default'] ?? Object.values(text)[0] ?? ''
}
