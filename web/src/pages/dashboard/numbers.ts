/** Numbers as the tiles, the trend and the tables show them. */
import type { BreakdownCell, Interval, Tile } from '../../lib/api/types'
import { reading } from '../../lib/i18n/index.svelte'

const locale = () => (reading.language === 'ja' ? 'ja-JP' : 'en-GB')

/** A round number in the little room beside an axis: 5000万, 50M. */
export function compact(value: number): string {
  return value.toLocaleString(locale(), { notation: 'compact', maximumFractionDigits: 2 })
}

/** A number with the digits that may be shown. */
export function number(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined) return '–'
  return value.toLocaleString(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** Both ends of an interval. */
export function interval(ends: Interval, decimals: number): string {
  return `[${number(ends[0], decimals)} – ${number(ends[1], decimals)}]`
}

/** A signed number: a fall is marked by a triangle in Japanese statistics, by a minus elsewhere. */
export function signed(value: number, decimals: number): string {
  const size = number(Math.abs(value), decimals)
  if (value === 0) return size
  if (value > 0) return `+${size}`
  return reading.language === 'ja' ? `△${size}` : `−${size}`
}

/** Where the parts of a baseline–now–target bar stand, from 0 to 1 from left to right. */
export interface Bar {
  baseline: number | null
  now: number | null
  target: number | null
  interval: [number, number] | null
}

/** Lays baseline, value, interval and target on one line with room at both ends. */
export function bar(tile: Pick<Tile, 'value' | 'interval' | 'baseline' | 'target'>): Bar | null {
  const base = tile.baseline?.value ?? null
  const parts = [base, tile.value, tile.target.level, ...(tile.interval ?? [])].filter((part): part is number => part !== null)
  if (parts.length < 2) return null
  const low = Math.min(...parts)
  const high = Math.max(...parts)
  const room = (high - low || Math.abs(high) || 1) * 0.08
  const place = (value: number | null) => (value === null ? null : (value - low + room) / (high - low + 2 * room))
  const ends = tile.interval?.map(place) as [number, number] | undefined
  return { baseline: place(base), now: place(tile.value), target: place(tile.target.level), interval: ends ?? null }
}

/** Evenly spaced round numbers that cover the values. */
export function ticks(low: number, high: number, count = 4): number[] {
  const span = high - low || Math.abs(high) || 1
  const rough = span / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? power * 10
  const first = Math.floor(low / step) * step
  const marks: number[] = []
  for (let mark = first; mark < high + step; mark += step) marks.push(Number(mark.toPrecision(12)))
  return marks
}

/** What a cell shows: the number, or the sign that stands in its place. */
export function cellText(cell: BreakdownCell, decimals: number): string {
  if (cell.value === null) return cell.sign ?? '…'
  return `${cell.bound ?? ''}${number(cell.value, decimals)}`
}
