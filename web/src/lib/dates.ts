/** Dates as people in Japan read them; stored as ISO 8601. */
import type { Moment } from './core/protocol'
import { reading } from './i18n/index.svelte'

export type Era = 'seireki' | 'reiwa' | 'heisei' | 'showa'
/** First civil year of each era counts as its year 1. */
const FIRST: Record<Era, number> = { seireki: 1, reiwa: 2019, heisei: 1989, showa: 1926 }

/** The ISO date of three boxes, or what was typed when it is not whole: the core says what is wrong. */
export function isoDate(era: Era, year: string, month: string, day: string): string {
  const [y, m, d] = [year, month, day].map((part) => part.normalize('NFKC').trim())
  if (!y && !m && !d) return ''
  const number = y === '元' ? 1 : Number(y)
  if (!y || !m || !d || !Number.isInteger(number)) return `${y}-${m}-${d}`
  const civil = number + FIRST[era] - 1
  return `${String(civil).padStart(4, '0')}-${m.padStart(2, '0')}-${d.padStart(2, '0')}`
}

/** The boxes of an ISO date, counted from the year of Christ. */
export function boxes(iso: string): { year: string; month: string; day: string } {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(iso)
  if (!match) return { year: '', month: '', day: '' }
  return { year: match[1] ?? '', month: String(Number(match[2])), day: String(Number(match[3])) }
}

/** A civil day for people: 令和8年(2026年)12月18日(金), or 18 December 2026. */
export function dayText(iso: string, language: string = reading.language): string {
  const day = new Date(`${iso}T00:00:00Z`)
  if (Number.isNaN(day.getTime())) return iso
  return longDay(day, language, 'UTC')
}

function longDay(day: Date, language: string, timeZone: string | undefined): string {
  if (!language.startsWith('ja')) {
    return day.toLocaleDateString('en-GB', { dateStyle: 'long', timeZone })
  }
  const era = new Intl.DateTimeFormat('ja-JP-u-ca-japanese', { era: 'long', year: 'numeric', timeZone }).format(day)
  const civil = day.toLocaleDateString('ja-JP', { year: 'numeric', timeZone })
  const rest = day.toLocaleDateString('ja-JP', { month: 'long', day: 'numeric', weekday: 'short', timeZone })
  return `${era}(${civil})${rest}`
}

/** An instant for people, in the zone of this device. */
export function instantText(at: string, language: string = reading.language): string {
  const instant = new Date(at)
  if (Number.isNaN(instant.getTime())) return at
  const time = instant.toLocaleTimeString(language.startsWith('ja') ? 'ja-JP' : 'en-GB', { hour: '2-digit', minute: '2-digit' })
  return `${longDay(instant, language, undefined)} ${time}`
}

/** A short instant: 11/22 10:41. */
export function momentText(moment: Moment): string {
  return new Date(moment.unix_ms).toLocaleString(reading.language === 'ja' ? 'ja-JP' : 'en-GB', {
    month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit',
  })
}

/** Whole days from today until a civil day; 0 on the day itself. */
export function daysUntil(iso: string, today: Date = new Date()): number {
  const end = Date.parse(`${iso}T00:00:00Z`)
  const start = Date.UTC(today.getFullYear(), today.getMonth(), today.getDate())
  return Math.round((end - start) / 86_400_000)
}
