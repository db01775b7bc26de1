/** The world of the browser stories: a server with the demo's data, a wire to it that can be
 * cut, and Chromium. Every request to another host than the server's is noticed. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

/**
 * @typedef {{ url: string, passphrase: string, accounts: Record<string, { account: string, password: string }>,
 *   enrolCodes: string[], surveys: Record<string, { id: string, fiscalYear: number }>, cards: Record<string, string[]>,
 *   companies: { name: string, code: string, response: string, state: string }[] }} Facts
 */

const FLAGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']

/** Starts a demo server on a copy of the ward in `TSUMUGI_DEMO_DATA`, or on one that it fills itself. @returns {Promise<{ facts: Facts, stop: () => void }>} */
async function demo() {
  const target = process.env['CARGO_TARGET_DIR'] ?? join(import.meta.dirname, '../../target')
  const data = mkdtempSync(join(tmpdir(), 'tsumugi-e2e-'))
  const filled = process.env['TSUMUGI_DEMO_DATA']
  if (filled) cpSync(filled, data, { recursive: true })
  const server = spawn(join(target, 'debug/tsumugi'), ['demo', '--json', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface({ input: server.stdout })) {
    const stop = () => {
      server.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
    }
    return { facts: JSON.parse(line), stop }
  }
  throw new Error('the demo server ended before it stood')
}

/** A wire to the server: what the browser talks to. Cut, nobody answers on its port. */
class Wire {
  /** @param {string} url */
  constructor(url) {
    const { hostname, port } = new URL(url)
    this.target = { host: hostname, port: Number(port) }
    /** @type {Set<net.Socket>} */
    this.sockets = new Set()
    this.port = 0
  }

  async lay() {
    this.server = net.createServer((near) => {
      const far = net.connect(this.target)
      for (const socket of [near, far]) {
        this.sockets.add(socket)
        socket.on('error', () => socket.destroy())
        socket.on('close', () => {
          this.sockets.delete(socket)
          near.destroy()
          far.destroy()
        })
      }
      near.pipe(far)
      far.pipe(near)
    })
    const server = this.server
    await new Promise((done) => server.listen(this.port, '127.0.0.1', () => done(null)))
    const address = server.address()
    if (address && typeof address === 'object') this.port = address.port
  }

  /** The server is really gone: connections end and new ones are refused. */
  async cut() {
    const closed = new Promise((done) => this.server?.close(() => done(null)))
    for (const socket of this.sockets) socket.destroy()
    await closed
  }

  get url() {
    return `http://127.0.0.1:${this.port}`
  }
}

/** Everything a story needs. */
export class World {
  /** @param {Facts} facts @param {Wire} wire @param {import('playwright-core').Browser} browser @param {() => void} stop */
  constructor(facts, wire, browser, stop) {
    this.facts = facts
    this.wire = wire
    this.browser = browser
    this.stop = stop
    /** Requests that went elsewhere. @type {string[]} */
    this.foreign = []
  }

  static async start() {
    const { facts, stop } = await demo()
    const wire = new Wire(facts.url)
    await wire.lay()
    const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })
    return new World(facts, wire, browser, stop)
  }

  /** A person at a browser of their own. @param {import('playwright-core').BrowserContextOptions} [options] */
  async person(options = {}) {
    const context = await this.browser.newContext({ locale: 'ja-JP', timezoneId: 'Asia/Tokyo', viewport: { width: 1024, height: 768 }, ...options })
    context.on('request', (request) => {
      const { origin, protocol } = new URL(request.url())
      if (protocol.startsWith('http') && origin !== this.wire.url) this.foreign.push(request.url())
    })
    const page = await context.newPage()
    page.on('pageerror', (error) => console.error('page error:', error.message))
    return { context, page }
  }

  /** @param {import('playwright-core').Page} page @param {string} address */
  async go(page, address) {
    await page.goto(`${this.wire.url}/${address}`)
  }

  /** Loads the pages once, until they would work without a network. @param {import('playwright-core').Page} page */
  async loadOnce(page) {
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready
    })
    // Ready means that everything was stored: the next visit needs no network.
  }

  /** Opens a company's form by its code. @param {import('playwright-core').Page} page @param {{ code: string }} company @param {string} name */
  async enterCompany(page, company, name) {
    await this.go(page, `#/company?code=${encodeURIComponent(company.code)}`)
    await page.getByLabel('部署').fill('経理')
    await page.getByLabel('あなたのお名前').fill(name)
    await page.getByRole('button', { name: '調査票をひらく' }).click()
    await page.locator('.tasks .task').first().waitFor()
  }

  /** Enrols a tablet by one of the demo's codes. @param {import('playwright-core').Page} page */
  async enrolTablet(page) {
    const code = this.facts.enrolCodes.shift()
    if (!code) throw new Error('the demo has no unused enrolment code left')
    await this.go(page, `#/enrol?code=${encodeURIComponent(code)}`)
    await page.getByLabel('端末の名前').fill('T-E2E')
    await page.getByRole('button', { name: '登録する' }).click()
    await page.locator('[data-mode=anonymous]').first().waitFor()
  }

  /** @param {import('playwright-core').Page} page @param {string} role */
  async signIn(page, role) {
    const account = this.facts.accounts[role]
    if (!account) throw new Error(`the demo has no account of the role ${role}`)
    await this.go(page, '#/signin')
    await page.getByLabel(/アカウント|Account/).fill(account.account)
    await page.getByLabel(/パスワード|Password/).fill(account.password)
    await page.getByRole('button', { name: /ログインする|Sign in/ }).click()
    await page.locator('nav').waitFor()
  }

  /** A company that nobody has touched; each is given out once. */
  untouchedCompany() {
    const index = this.facts.companies.findIndex((company) => company.state === 'untouched')
    const [company] = this.facts.companies.splice(index, 1)
    if (index < 0 || !company) throw new Error('the demo has no untouched company left')
    return company
  }

  async end() {
    await this.browser.close()
    await this.wire.cut()
    this.stop()
  }
}

/** The field of a question. @param {import('playwright-core').Page} page @param {string} path */
export function field(page, path) {
  return page.locator(`#q-${path.replaceAll('/', '_')}`)
}

/** Types an answer and leaves the field. @param {import('playwright-core').Page} page @param {string} path @param {string} text */
export async function type(page, path, text) {
  await field(page, path).fill(text)
  await field(page, path).blur()
}

/** Opens a section of the form that the page shows. @param {import('playwright-core').Page} page @param {string} section */
export async function openSection(page, section) {
  const at = new URL(page.url()).hash.split('/').slice(0, 4).join('/')
  await page.evaluate((hash) => (location.hash = hash), `${at}/section/${section}`)
  await page.locator(`[data-path^="${section}/"]`).first().waitFor()
}

/** Waits until everything is with the server. @param {import('playwright-core').Page} page */
export async function synced(page) {
  await page.locator('[data-sync=synced]').waitFor()
}

/** Hands the tablet over with a card, to the first question. @param {import('playwright-core').Page} page @param {string} card */
export async function begin(page, card) {
  await page.getByRole('button', { name: /はじめる/ }).click()
  await page.getByLabel('カードの 番号').fill(card)
  await page.getByRole('button', { name: /質問に すすむ/ }).click()
  await page.locator('[data-stage=ask]').waitFor()
}
