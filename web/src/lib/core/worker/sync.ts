/** Moves the bytes that the core wants moved: over HTTP, to the server of this page. */

export interface Outgoing {
  method: string
  path: string
  contentType: string
  authorization: string | null
  body: Uint8Array<ArrayBuffer>
}
export interface Incoming {
  status: number
  /** Seconds, where the server asks to wait. */
  retryAfter: bigint | null
  body: Uint8Array
}

/** Sends one request; `null` when the server cannot be reached. */
export async function exchange(request: Outgoing): Promise<Incoming | null> {
  const headers: Record<string, string> = { 'content-type': request.contentType }
  if (request.authorization) headers['authorization'] = request.authorization
  try {
    const response = await fetch(request.path, {
      method: request.method,
      headers,
      body: request.body,
      // Neither a cookie nor a cache may say anything about who sends.
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    })
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
    return {
      status: response.status,
      retryAfter: Number.isFinite(seconds) ? BigInt(Math.max(0, Math.ceil(seconds))) : null,
      body: new Uint8Array(await response.arrayBuffer()),
    }
  } catch {
    return null
  }
}
