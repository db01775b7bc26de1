/** The JSON words of `/v1`, as the server writes them. */

export type Text = Record<string, string>
export type Mode = 'company' | 'anonymous' | 'register'
export type SurveyState = 'draft' | 'open' | 'closed'
export type Role = 'admin' | 'field-manager' | 'analyst'

export interface SessionView { account: string; role: Role; language: string; csrf: string }
export interface ServerView { name: Text; contact: Text; version: string; fictitious: boolean }
export interface Problem { type: string; title: string; status: number; code: string; detail: string; requestId: string }

export interface FileFinding {
  severity: 'error' | 'warning'
  sheet: string
  cell: string
  column: string
  what: Text
  remedy: Text
  code: string
}
export interface FormUpload { formId: string | null; title: Text; findings: FileFinding[] }
export interface FormView {
  id: string
  name: string
  version: string
  title: Text
  questions: number
  languages: string[]
  published: boolean
  fileName: string
}

export interface StratumView { id: number; code: string; label: Text; population: number | null }
export interface SurveyView {
  id: string
  formName: string
  form: string
  title: Text
  mode: Mode
  fiscalYear: number
  opens: string
  closes: string
  state: SurveyState
  strata: StratumView[]
  contact: Text
  fictitious: boolean
  revision: number
  keyFingerprint: string | null
}
export interface NewStratum { code: string; label: Text; population: number | null }
export interface NewSurvey {
  form: string
  mode: Mode
  title: Text
  fiscalYear: number
  opens: string
  closes: string
  strata: NewStratum[]
  passphrase?: string
}
export interface StratumCount { stratum: string; issued: number; received: number | null; hidden: boolean }
export interface CloseReport { survey: string; rows: number; refused: number; conflicts: number; strata: StratumCount[] }
export interface Fieldwork {
  survey: string
  mode: Mode
  strata: StratumCount[]
  states: Record<string, number>
  quarantined: number
}
export interface PrintedCard { code: string; url: string; qrSvg: string }
export interface CardSheet { survey: string; stratum: string; cards: PrintedCard[] }
export interface CompanyLetter { name: string; response: string; code: string; url: string; qrSvg: string }
export interface CompanyLetters { letters: CompanyLetter[]; findings: FileFinding[] }
export interface RowsTaken { accepted: number; findings: FileFinding[] }

export interface DeviceCode { code: string; url: string; qrSvg: string; expires: string }
export interface DeviceView {
  id: string
  name: string
  role: 'tablet' | 'company'
  surveys: string[]
  enrolled: string
  lastSeen: string | null
  revoked: boolean
}

export type Interval = [number, number]
export type Sign = 'x' | '-' | '…'
export interface Category { id: string; label: Text }
export interface Change {
  kind: string
  value: number
  interval: Interval | null
  reason: Text | null
  p: number | null
  improved: boolean
  worsened: boolean
  flags: string[]
}
export interface Tile {
  id: string
  level: 'KGI' | 'KSI' | 'KPI'
  role: 'outcome' | 'output' | null
  names: Text
  policy: Text
  quoteJa: string
  value: number | null
  decimals: number
  bound: string | null
  sign: Sign | null
  flags: string[]
  unit: string
  unitLabel: Text
  interval: Interval | null
  reason: Text | null
  intervalMethod: Text | null
  n: number | null
  missing: number | null
  baseline: { kind: string; value: number | null; interval: Interval | null; fiscalYear: number | null; text: Text } | null
  target: { kind: string; value: number; level: number | null; comparator: 'at-least' | 'at-most' }
  direction: 'up' | 'down'
  status: 'reached' | 'on-the-way' | 'not-yet' | 'cannot-tell'
  statusText: Text
  progress: number | null
  change: Change | null
  suppressed: boolean
  method: Text
  reading: Text
  sourceForms: string[]
  fiscalYear: number | null
  period: Text
  breakdowns: Category[]
  companions: Tile[]
  caution: Text
}
export interface TrendPoint {
  fiscalYear: number
  value: number | null
  interval: Interval | null
  n: number | null
  sign: Sign | null
  flags: string[]
  methodChanged: boolean
  baseline: boolean
}
export interface Trend { id: string; unit: string; unitLabel: Text; decimals: number; points: TrendPoint[]; target: number | null }
export interface BreakdownCell {
  value: number | null
  bound: string | null
  interval: Interval | null
  n: number | null
  sign: Sign | null
  complementary: boolean
  flags: string[]
}
export interface Breakdown {
  id: string
  rowsBy: Category
  columnsBy: Category | null
  rows: Category[]
  columns: Category[]
  cells: BreakdownCell[][]
  unit: string
  unitLabel: Text
  decimals: number
  fiscalYear: number | null
  legend: Category[]
}
export interface IndicatorDetail { tile: Tile; trend: Trend }

/** What is in a file that was carried by hand. */
export interface BundleContents {
  bytes: number
  parcels: number
  unreadable: number
  strange: number
  surveys: { survey: string; changes: number; records: number }[]
}
