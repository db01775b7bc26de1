import type * as T from './types'

/** A request that did not succeed: what happened, for words and for support. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly requestId: string,
    readonly retryAfter: number | null,
  ) {
    super(code)
  }
}

let csrf = ''

/** Remembers what the server wants to see on requests that change something. */
export function rememberSession(session: T.SessionView | null) {
  csrf = session?.csrf ?? ''
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as Partial<T.Problem>
  const after = Number(response.headers.get('retry-after'))
  return new ApiError(
    response.status,
    problem.code ?? `http-${response.status}`,
    problem.detail ?? problem.title ?? '',
    problem.requestId ?? response.headers.get('x-request-id') ?? '',
    Number.isFinite(after) && after > 0 ? after : null,
  )
}

/** Sends one request to the server that the page came from; there is no other host. */
async function send(method: string, path: string, body?: BodyInit, type?: string, more: Record<string, string> = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...more }
  if (type) headers['content-type'] = type
  if (method !== 'GET' && csrf) headers['x-csrf-token'] = csrf
  let response: Response
  try {
    response = await fetch(path, { method, headers, body: body ?? null, credentials: 'same-origin', cache: 'no-store' })
  } catch {
    throw new ApiError(0, 'offline', '', '', null)
  }
  if (!response.ok) throw await problemOf(response)
  return response
}

async function get<R>(path: string): Promise<R> {
  return (await send('GET', path)).json() as Promise<R>
}

async function post<R>(path: string, body: unknown): Promise<R> {
  const response = await send('POST', path, JSON.stringify(body), 'application/json')
  return (response.status === 204 ? undefined : await response.json().catch(() => undefined)) as R
}

async function upload<R>(path: string, file: Blob, type: string): Promise<R> {
  return (await send('POST', path, file, type)).json() as Promise<R>
}

/** A header carries bytes, JavaScript's headers Latin-1 letters: one letter for each byte of UTF-8. */
const bytesAsText = (text: string) => String.fromCharCode(...new TextEncoder().encode(text))

const id = encodeURIComponent
const bundle = 'application/x-tsumugi-bundle'
const workbook = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** The routes of `/v1` that the pages use. */
export const api = {
  server: () => get<T.ServerView>('/v1/server'),
  session: () => get<T.SessionView>('/v1/session'),
  signIn: (account: string, password: string) => post<void>('/v1/session', { account, password }),
  signOut: () => send('DELETE', '/v1/session').then(() => undefined),

  indicators: () => get<T.Tile[]>('/v1/indicators'),
  indicator: (indicator: string) => get<T.IndicatorDetail>(`/v1/indicators/${id(indicator)}`),
  breakdown: (indicator: string, by: string) =>
    get<T.Breakdown>(`/v1/indicators/${id(indicator)}/breakdown?by=${id(by)}`),

  forms: () => get<T.FormView[]>('/v1/forms'),
  uploadForm: (file: File) => upload<T.FormUpload>(`/v1/forms?filename=${id(file.name)}`, file, workbook),
  publishForm: (form: string) => post<unknown>(`/v1/forms/${id(form)}/publish`, {}),

  surveys: () => get<T.SurveyView[]>('/v1/surveys'),
  makeSurvey: (survey: T.NewSurvey) => post<T.SurveyView>('/v1/surveys', survey),
  openSurvey: (survey: string) => post<T.SurveyView>(`/v1/surveys/${id(survey)}/open`, {}),
  closeSurvey: (survey: string, passphrase: string | null) =>
    post<T.CloseReport>(`/v1/surveys/${id(survey)}/close`, { passphrase }),
  fieldwork: (survey: string) => get<T.Fieldwork>(`/v1/surveys/${id(survey)}/fieldwork`),
  makeCards: (survey: string, stratum: string, count: number) =>
    post<T.CardSheet>(`/v1/surveys/${id(survey)}/cards`, { stratum, count, qr: true }),
  addCompanies: (survey: string, file: Blob) => upload<T.CompanyLetters>(`/v1/surveys/${id(survey)}/companies?qr=true`, file, 'text/csv'),
  addRows: (survey: string, file: Blob) => upload<T.RowsTaken>(`/v1/surveys/${id(survey)}/rows`, file, 'text/csv'),
  /** Rows of a survey as a file; those of an anonymous one leave with its passphrase only. */
  exportRows: async (survey: string, kind: 'csv' | 'zip', language: string, passphrase: string | null): Promise<{ file: Blob; name: string }> => {
    const path = kind === 'zip' ? `export.zip?lang=${language}` : `export.csv?bom=true&lang=${language}`
    const secret: Record<string, string> = passphrase === null ? {} : { 'x-tsumugi-passphrase': bytesAsText(passphrase) }
    const response = await send('GET', `/v1/surveys/${id(survey)}/${path}`, undefined, undefined, { accept: '*/*', ...secret })
    const [, name] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? []
    return { file: await response.blob(), name: name ?? `export.${kind}` }
  },

  /** What is in a file that was carried here; nothing is taken. */
  verifyBundle: (file: Blob) => upload<T.BundleContents>('/v1/bundles/verify', file, bundle),
  /** Takes a file that was carried here; the reply is for the devices. */
  takeBundle: async (file: Blob): Promise<Blob> => (await send('POST', '/v1/bundles/file', file, bundle)).blob(),

  devices: () => get<T.DeviceView[]>('/v1/devices'),
  deviceCode: (name: string, surveys: string[]) => post<T.DeviceCode>('/v1/devices/codes', { name, surveys }),
  revokeDevice: (device: string) => send('DELETE', `/v1/devices/${id(device)}`).then(() => undefined),
}
