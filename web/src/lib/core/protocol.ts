/** What the page and the worker that runs the core say to each other. */
import type { Screen, Value, Violation } from './screen'

type Text = Record<string, string>
export interface SurveyCard {
  id: string
  title: string
  mode: 'company' | 'anonymous' | 'register'
  state: 'draft' | 'open' | 'closed'
  opens: string
  closes: string
  formName: string
  fiscalYear: number
  drafts: number
  done: number
  waiting: number
  contact: string
  fictitious: boolean
  ready: boolean
}
export type ResponseState = 'empty' | 'draft' | 'conflict' | 'complete' | 'submitted' | 'amending'
export interface Receipt {
  number: string
  at: string
  revision: number
  by: string
}
/** Somebody else who has a response open. */
export interface Person {
  name: string
  /** The question or section that they are at; empty for the form as a whole. */
  at: string
  typing: boolean
}
export interface Presence {
  response: string
  people: Person[]
}
export interface ResponseCard {
  id: string
  name: string
  state: ResponseState
  answered: number
  askable: number
  conflicts: number
  receipt: Receipt | null
}
export interface Enrolment {
  server: string
  deviceId: string
  name: string
  role: 'tablet' | 'company'
  serverName: Text
  contact: Text
  survey: string | null
  response: string | null
  revoked: boolean
}
export interface Effect {
  path: string
  label: string
  from: Value | null
  to: Value | null
}
export interface ConflictValue {
  value: Value
  text: string
  by: string
  at: string
  mine: boolean
  effects: Effect[]
}
export interface ConflictView {
  path: string
  label: string
  section: string
  values: ConflictValue[]
  effects: Effect[]
}
export interface NotSubmitted {
  violations: Violation[]
  conflicts: string[]
  reasonMissing: boolean
}
export interface Moment {
  unix_ms: number
  offset_minutes: number
}
export interface SyncStatus {
  state: 'synced' | 'waiting' | 'sending' | 'problem'
  waitingChanges: number
  waitingRecords: number
  /** Sealed records that the server has; copies stay here until a verified backup holds them. */
  keptRecords: number
  lastSync: Moment | null
  /** Why the state is `problem`: a code of `errors`, for words. */
  problem: string
}

/** What the reply to a file led to. */
export interface BundleNews {
  changes: number
  refused: number
  batches: number
  onTheWay: number
  unreadable: number
  forOthers: number
  strange: number
  changed: string[]
  merged: string[]
}

/** Methods of the device, with what they take and give. */
export interface Methods {
  open: { args: { store: string; steal: boolean }; value: { enrolment: Enrolment | null; persisted: boolean } }
  close: { args: object; value: null }
  enrol: { args: { code: string; name: string }; value: Enrolment }
  enter: { args: { code: string; name: string; department: string }; value: Enrolment }
  surveys: { args: { language: string }; value: SurveyCard[] }
  responses: { args: { survey: string }; value: ResponseCard[] }
  newResponse: { args: { survey: string; name: string }; value: string }
  openResponse: { args: { response: string; language: string }; value: null }
  closeResponse: { args: { response: string }; value: null }
  screen: { args: { response: string; language: string }; value: Screen }
  setText: { args: { response: string; path: string; text: string }; value: null }
  setAnswer: { args: { response: string; path: string; value: Value | null }; value: null }
  addRepeat: { args: { response: string; path: string }; value: string }
  removeRepeat: { args: { response: string; path: string }; value: null }
  note: { args: { response: string; path: string; text: string }; value: null }
  notes: { args: { response: string }; value: Record<string, string> }
  /** The screen, the conflicts and the notes of one moment: an exchange never comes between them. */
  look: {
    args: { response: string; language: string }
    value: { screen: Screen; conflicts: ConflictView[]; notes: Record<string, string> }
  }
  /** Says where the person is, until the next call; without a response, nowhere. */
  stand: { args: { response: string | null; at: string; typing: boolean }; value: null }
  choose: { args: { response: string; path: string; value: Value }; value: null }
  chooseText: { args: { response: string; path: string; text: string }; value: null }
  validate: { args: { response: string; language: string }; value: Violation[] }
  submit: {
    args: { response: string; by: string; reason: string; language: string }
    value: { receipt: Receipt } | { notSubmitted: NotSubmitted }
  }
  openAnonymous: { args: { survey: string; card: string; language: string }; value: null }
  openPractice: { args: { survey: string; language: string }; value: null }
  anonymousScreen: { args: { language: string }; value: Screen }
  anonymousSetText: { args: { path: string; text: string }; value: null }
  anonymousSetAnswer: { args: { path: string; value: Value | null }; value: null }
  anonymousValidate: { args: { language: string }; value: Violation[] }
  anonymousFinish: { args: object; value: { violations: Violation[] } }
  anonymousAbandon: { args: object; value: null }
  packBundle: { args: object; value: Uint8Array<ArrayBuffer> }
  readBundleReply: { args: { file: Uint8Array<ArrayBuffer> }; value: BundleNews }
  status: { args: object; value: SyncStatus }
  sync: { args: object; value: SyncStatus }
}
export type Method = keyof Methods

/** Page to worker. */
export interface Call {
  id: number
  method: Method
  args: unknown
}
/** Worker to page. */
export type Message =
  | { kind: 'value'; id: number; value: unknown }
  | { kind: 'failure'; id: number; failure: Failure }
  | { kind: 'status'; status: SyncStatus }
  /** Items arrived: what is on the screen may be older than what the device holds. */
  | { kind: 'news' }
  | { kind: 'people'; people: Presence[] }
  /** The core trapped; the worker must be thrown away. */
  | { kind: 'trapped' }
  /** Another tab holds the device's storage, or took it. */
  | { kind: 'lock'; held: boolean }

/** Why a call did not succeed. Never holds what a person typed. */
export interface Failure {
  code: string
  detail: string
  /** A sentence for the person who typed, where the core has one. */
  messages?: Text
}

export class DeviceFailure extends Error {
  constructor(readonly failure: Failure) {
    super(failure.code)
  }
}
