/** What core says to draw: the Screen of a form, as every user interface of Tsumugi gets it. */

export type Value = number | string
export type Piece =
  | { t: 'text'; v: string }
  | { t: 'strong'; c: Rich }
  | { t: 'em'; c: Rich }
  | { t: 'link'; href: string; c: Rich }
  | { t: 'br' }
  | { t: 'h'; level: number; c: Rich }
  | { t: 'ruby'; base: string; text: string }
export type Rich = Piece[]

export interface Screen {
  title: string
  language: string
  languages: { tag: string; name: string }[]
  direction: 'ltr' | 'rtl'
  sections: Section[]
  answered: number
  askable: number
  errors: number
}
export type SectionState = 'empty' | 'partial' | 'complete' | 'invalid'
export interface Section {
  path: string
  label: Rich
  state: SectionState
  answered: number
  askable: number
  elements: Element[]
}
export type Element = QuestionElement | GroupElement | RepeatElement
export type QuestionElement = { kind: 'question' } & QuestionView
export interface GroupElement { kind: 'group'; path: string; label: Rich; appearance: string[]; elements: Element[] }
export interface RepeatElement {
  kind: 'repeat'
  path: string
  label: Rich
  appearance: string[]
  canAdd: boolean
  canRemove: boolean
  instances: { path: string; label: Rich; elements: Element[] }[]
}
export type Control =
  | 'none' | 'input' | 'note' | 'select-one' | 'select-multiple' | 'rank' | 'range' | 'acknowledge' | 'upload'
export type DataType =
  | 'string' | 'int' | 'decimal' | 'boolean' | 'date' | 'time' | 'date-time' | 'geopoint' | 'geotrace' | 'geoshape'
  | 'barcode' | 'binary' | 'intent' | 'rank' | 'select-multiple'
export interface QuestionView {
  path: string
  name: string
  number: string
  control: Control
  dataType: DataType
  label: Rich
  hint: Rich
  guidance: Rich
  media: Record<string, string>
  required: boolean
  readOnly: boolean
  value: Value | null
  text: string
  unit: string
  thousandsSep: boolean
  appearance: string[]
  parameters: Record<string, string>
  choices: ChoiceView[]
  violation: { kind: 'required' | 'constraint' | 'type'; message: string } | null
  calculated: boolean
  previous: Value | null
  decline: string | null
}
export interface ChoiceView { value: string; label: Rich; selected: boolean; media: Record<string, string> }
export interface Violation { path: string; kind: string; message: string; section: string }

/** Rich text as plain text, for names of fields and for print. */
export function plain(rich: Rich): string {
  return rich
    .map((piece) => {
      switch (piece.t) {
        case 'text': return piece.v
        case 'br': return '\n'
        case 'ruby': return piece.base
        default: return plain(piece.c)
      }
    })
    .join('')
    .trim()
}

/** The questions and notes of elements, in the order of the form. */
export function questionsOf(elements: Element[]): QuestionView[] {
  return elements.flatMap((element) => {
    switch (element.kind) {
      case 'question': return [element]
      case 'group': return questionsOf(element.elements)
      case 'repeat': return element.instances.flatMap((instance) => questionsOf(instance.elements))
    }
  })
}
