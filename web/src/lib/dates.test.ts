import { describe, expect, it } from 'vitest'
import { boxes, dayText, daysUntil, isoDate } from './dates'

describe('a date in three boxes', () => {
  it('年号 gives the civil year', () => {
    expect(isoDate('reiwa', '8', '11', '22')).toBe('2026-11-22')
    expect(isoDate('reiwa', '元', '5', '1')).toBe('2019-05-01')
    expect(isoDate('heisei', '31', '4', '30')).toBe('2019-04-30')
    expect(isoDate('showa', '64', '1', '7')).toBe('1989-01-07')
  })

  it('full-width digits are digits', () => {
    expect(isoDate('seireki', '2026', '1', '2')).toBe('2026-01-02')
  })

  it('three empty boxes are no answer, and a half date is left for the core to refuse', () => {
    expect(isoDate('seireki', '', '', '')).toBe('')
    expect(isoDate('seireki', '2026', '', '2')).toBe('2026--2')
  })

  it('an ISO date fills the boxes', () => {
    expect(boxes('2026-11-02')).toEqual({ year: '2026', month: '11', day: '2' })
  })
})

describe('days for people', () => {
  it('Japanese shows both calendars', () => {
    expect(dayText('2026-12-18', 'ja')).toBe('令和8年(2026年)12月18日(金)')
    expect(dayText('2019-05-01', 'ja')).toContain('令和元年')
  })

  it('the last day itself is day 0', () => {
    expect(daysUntil('2026-12-18', new Date(2026, 11, 18, 23, 59))).toBe(0)
    expect(daysUntil('2026-12-18', new Date(2026, 10, 22))).toBe(26)
  })
})
