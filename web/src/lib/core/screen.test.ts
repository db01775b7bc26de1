import { describe, expect, it } from 'vitest'
import { plain, questionsOf, type Element } from './screen'

const question = (path: string): Element =>
  ({ kind: 'question', path, name: path, number: '', control: 'input' }) as unknown as Element

describe('a screen', () => {
  it('ruby reads as its characters, not as characters and reading', () => {
    expect(plain([{ t: 'ruby', base: '孤独', text: 'こどく' }, { t: 'text', v: 'だと感じる' }])).toBe('孤独だと感じる')
  })

  it('questions in groups and repeats keep the order of the form', () => {
    const elements: Element[] = [
      question('a'),
      { kind: 'group', path: 'g', label: [], appearance: [], elements: [question('g/b')] },
      {
        kind: 'repeat', path: 'r', label: [], appearance: [], canAdd: true, canRemove: true,
        instances: [{ path: 'r/1', label: [], elements: [question('r/1/c')] }],
      },
      question('d'),
    ]
    expect(questionsOf(elements).map((view) => view.path)).toEqual(['a', 'g/b', 'r/1/c', 'd'])
  })
})
