/** Turns a failure into words for a person. */
import { ApiError } from '../api/client'
import { localized, t } from '../i18n/index.svelte'
import { DeviceFailure } from './protocol'

/** What to say about a failed call, in the language of the pages. */
export function explain(error: unknown): string {
  if (error instanceof ApiError) return explainApi(error)
  if (error instanceof DeviceFailure) return error.failure.messages ? localized(error.failure.messages) : explainDevice(error.failure.code)
  return t().errors.internal
}

function explainApi(error: ApiError): string {
  const e = t().errors
  const support = error.requestId ? ` (${e.requestId(error.requestId)})` : ''
  switch (error.status) {
    case 0: return e.offlineNow
    case 401: return e.signedOut
    case 403: return e.forbidden
    case 404: return e.notFound + support
    case 413: return e.tooLarge
    case 429: return e.tooMany(error.retryAfter)
  }
  if (error.status >= 500) return e.server + support
  return (error.detail || e.internal) + support
}

/** What to say about a failure of the device, by its stable code. */
export function explainDevice(code: string): string {
  const w = t()
  const e = w.errors
  switch (code) {
    case 'offline': return e.offlineNow
    case 'storage-full': return e.storageFull
    case 'storage-damaged': return e.storageDamaged
    case 'not-saved': return e.notSaved
    case 'restarted': return e.restarted
    case 'card-code': case 'code-wrong': return e.wrongCode
    case 'card-unknown': return e.unknownCard
    case 'card-used': return e.usedCard
    case 'not-taking': case 'closed': return e.closedSurvey
    case 'no-bundle-key': return e.noBundleKey
    case 'not-enrolled': case 'revoked': return e.revoked
    case 'too-many': return e.tooMany(null)
    case 'insecure': return w.insecure
    default: return e.internal
  }
}
