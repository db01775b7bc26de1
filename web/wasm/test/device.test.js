import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import init, { WebDevice } from '../../src/wasm/tsumugi.js'

/** @returns {[bigint, number]} */
const now = () => [BigInt(1_795_312_320_000), 540]
const key = new Uint8Array(32).fill(7)

/** @param {unknown} error */
const code = (error) => JSON.parse(String(error)).code

before(() => init({ module_or_path: readFileSync(new URL('../../src/wasm/tsumugi_bg.wasm', import.meta.url)) }))

/** A company's device that was just enrolled, and its journal so far. */
function enrolled() {
  const device = new WebDevice([], key, ...now())
  const request = device.companyRequest('http://127.0.0.1:8080', '7K3M-9QXA', '佐藤', '経理')
  assert.equal(request.path, '/v1/company/enter')
  assert.equal(request.authorization, undefined)
  const reply = {
    deviceId: '00'.repeat(16), token: 'a-secret-token', role: 'company', name: '佐藤',
    server: { name: { ja: 'みほん区' }, contact: { ja: '03-0000-0000' } },
    surveys: ['11'.repeat(16)], survey: '11'.repeat(16), response: '22'.repeat(16),
  }
  device.onEnrolled(200, new TextEncoder().encode(JSON.stringify(reply)))
  return device
}

test('a device is made again from the journal that a page wrote', () => {
  const device = enrolled()
  const rows = device.takeJournal()
  assert.ok(rows.length > 0)
  assert.deepEqual(device.takeJournal(), [], 'a journal is handed out once')
  const again = new WebDevice(rows.filter(([, value]) => value !== null), key, ...now())
  assert.equal(JSON.parse(again.enrolment()).name, '経理 佐藤')
})

test('neither the journal nor what the page hears holds the token', () => {
  const device = enrolled()
  const stored = device.takeJournal().map(([name, value]) => Buffer.concat([name, value ?? Buffer.alloc(0)]))
  assert.equal(Buffer.concat(stored).includes('a-secret-token'), false)
  assert.equal(device.enrolment().includes('a-secret-token'), false)
})

test('rows of another key are reported as damaged, not read as empty', () => {
  const rows = enrolled().takeJournal()
  assert.throws(() => new WebDevice(rows, new Uint8Array(32).fill(8), ...now()), (error) => code(error) === 'storage-damaged')
})

test('a wrong code says so and leaves the device as it was', () => {
  const device = new WebDevice([], key, ...now())
  device.takeJournal()
  device.enrolRequest('http://127.0.0.1:8080', 'XXXX', 'T-01')
  assert.throws(() => device.onEnrolled(404, new Uint8Array()), (error) => code(error) === 'code-wrong')
  assert.equal(device.enrolment(), 'null')
  assert.deepEqual(device.takeJournal(), [])
})

test('a request that had no reply is offered again later', () => {
  const device = enrolled()
  const [at, zone] = now()
  const first = device.nextRequest(at, zone)
  assert.equal(first?.path, '/v1/sync')
  assert.match(first?.authorization ?? '', /^Bearer /)
  const progress = JSON.parse(device.onReply(first?.id ?? 0n, 0, undefined, new Uint8Array(), at, zone))
  assert.equal(progress.more, false)
  assert.ok(progress.waitMs > 0)
  const later = device.nextRequest(at + BigInt(progress.waitMs) + 1n, zone)
  assert.equal(later?.path, '/v1/sync')
})
