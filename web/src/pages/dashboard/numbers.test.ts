import { describe, expect, it } from 'vitest'
import { bar, cellText, ticks } from './numbers'

const target = (level: number | null) => ({ kind: 'level', value: 0, level, comparator: 'at-least' as const })
const baseline = (value: number | null) => ({ kind: 'value', value, interval: null, fiscalYear: null, text: {} })

describe('the bar of a tile', () => {
  it('baseline, now and target stand in the order of their numbers', () => {
    const laid = bar({ value: 28.9, interval: [26.1, 31.7], baseline: baseline(31.2), target: target(26.5) })
    expect(laid?.target).toBeLessThan(laid?.now ?? 0)
    expect(laid?.now).toBeLessThan(laid?.baseline ?? 0)
    expect(laid?.interval?.[0]).toBeLessThan(laid?.now ?? 0)
  })

  it('nothing is drawn outside of the bar', () => {
    const laid = bar({ value: 312, interval: null, baseline: baseline(0), target: target(400) })
    for (const place of [laid?.baseline, laid?.now, laid?.target]) {
      expect(place).toBeGreaterThan(0)
      expect(place).toBeLessThan(1)
    }
  })

  it('a hidden value leaves its place empty instead of standing at zero', () => {
    expect(bar({ value: null, interval: null, baseline: baseline(33), target: target(50) })?.now).toBeNull()
    expect(bar({ value: null, interval: null, baseline: null, target: target(50) })).toBeNull()
  })
})

describe('the marks of an axis', () => {
  it('cover the values with round numbers', () => {
    expect(ticks(26.1, 31.7)).toEqual([26, 28, 30, 32])
    expect(ticks(0, 0)).toContain(0)
  })
})

describe('a cell of a breakdown', () => {
  it('a hidden cell shows its sign and never a number', () => {
    const hidden = { value: null, bound: null, interval: null, n: null, sign: 'x' as const, complementary: true, flags: [] }
    expect(cellText(hidden, 1)).toBe('x')
  })
})
