import { describe, expect, it } from 'vitest'
import { link, parsePlace, printedPlace } from './router.svelte'

describe('addresses', () => {
  it('a section path with a slash comes back whole', () => {
    const address = link('r', 'tablet', 'a1', 'section', 'sites/7f3a')
    expect(parsePlace(address).segments).toEqual(['r', 'tablet', 'a1', 'section', 'sites/7f3a'])
  })

  it('a code in a link is read and is not part of the path', () => {
    const place = parsePlace('#/company?code=7K3M-9QXA')
    expect(place.segments).toEqual(['company'])
    expect(place.query.get('code')).toBe('7K3M-9QXA')
  })

  it('a printed address keeps its code behind the #', () => {
    expect(printedPlace('/tablet', '#7K3M-9QXA')).toBe('#/enrol?code=7K3M-9QXA')
    expect(printedPlace('/company', '#7K3M-9QXA')).toBe('#/company?code=7K3M-9QXA')
    expect(printedPlace('/', '#/company?code=7K3M')).toBeNull()
  })

  it('a damaged address does not stop the page', () => {
    expect(parsePlace('#/r/%E3%81').segments).toEqual(['r', '%E3%81'])
  })
})
