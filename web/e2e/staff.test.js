import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { begin, synced, World } from './world.js'

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

const FORMS = join(import.meta.dirname, '../../forms')

/** @param {import('playwright-core').Page} page @param {string} file */
async function upload(page, file) {
  await world.go(page, '#/forms')
  await page.locator('#workbook').setInputFiles(file)
  await page.getByRole('button', { name: '読み込んで確かめる' }).click()
}

test('a sound workbook can be published, and a file that is none is refused in words', async () => {
  const { context, page } = await world.person()
  await world.signIn(page, 'admin')
  await upload(page, join(FORMS, 'resident.xlsx'))
  await page.locator('[data-findings]').waitFor()
  assert.equal(await page.locator('[data-findings] .badge.bad').count(), 0)
  await page.getByRole('button', { name: /この版を公開/ }).click()
  await page.getByText('公開しました').waitFor()

  await upload(page, join(FORMS, 'indicators.toml'))
  const refused = page.locator('[data-findings], .notice').filter({ hasText: /xlsx|XLSForm|Excel/ }).first()
  await refused.waitFor()
  await context.close()
})

test('rows are downloaded as CSV with a mark for spreadsheet programs', async () => {
  const { context, page } = await world.person({ acceptDownloads: true })
  await world.signIn(page, 'admin')
  await world.go(page, '#/surveys')
  await page.getByRole('link', { name: 'テレワーク実態調査(企業) 令和8年度' }).click()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^CSV/ }).click()])
  const bytes = readFileSync(await download.path())
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  assert.match(download.suggestedFilename(), /\.csv$/)
  assert.ok(bytes.toString('utf8').split('\n').length > 200, 'a row for each company')
  await context.close()
})

test('anonymous rows leave with the passphrase only', async () => {
  const { context, page } = await world.person({ acceptDownloads: true })
  await world.signIn(page, 'admin')
  await world.go(page, '#/surveys')
  await page.getByRole('link', { name: '従業員 孤独感調査 令和8年度' }).click()
  await page.getByLabel('鍵の合言葉').fill('まちがった合言葉です。')
  await page.getByRole('button', { name: /^CSV/ }).click()
  await page.locator('[aria-labelledby=download] .notice').waitFor()
  await page.getByLabel('鍵の合言葉').fill(world.facts.passphrase)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^CSV/ }).click()])
  assert.ok(readFileSync(await download.path(), 'utf8').split('\n').length > 1_000, 'a row for each answer')
  await context.close()
})

test('an answer from a tablet is counted when the page closes the wave', async () => {
  const tablet = await world.person()
  await world.enrolTablet(tablet.page)
  await tablet.page.locator('[data-survey=loneliness] .btn.primary').click()
  await begin(tablet.page, world.facts.cards['loneliness']?.[0] ?? '')
  while ((await tablet.page.locator('.kiosk').getAttribute('data-stage')) === 'ask') {
    const heading = await tablet.page.locator('h1').innerText()
    if ((await tablet.page.locator('main .choice').count()) > 0) await tablet.page.keyboard.press('2')
    await tablet.page.keyboard.press('Enter')
    await tablet.page.waitForFunction((before) => document.querySelector('h1')?.textContent?.trim() !== before.trim(), heading)
  }
  await tablet.page.getByRole('button', { name: '答えを しまう' }).click()
  await tablet.page.locator('[data-stage=end]').waitFor()
  await tablet.page.getByRole('button', { name: 'つぎの人の 準備をする' }).click()
  await tablet.page.getByRole('button', { name: '調査員が おわる' }).click()
  await synced(tablet.page)

  const { context, page } = await world.person({ acceptDownloads: true })
  await world.signIn(page, 'admin')
  await world.go(page, '#/surveys')
  await page.getByRole('link', { name: '従業員 孤独感調査 令和9年度' }).click()
  await page.getByText('締め切ったあとに、鍵の合言葉で取り出せます').waitFor()
  await page.getByRole('button', { name: '締め切って集計する' }).click()
  await page.locator('#close-passphrase').fill(world.facts.passphrase)
  await page.locator('dialog').getByRole('button', { name: /締め切/ }).click()
  await page.locator('[data-state=closed]').waitFor()
  await page.getByLabel('鍵の合言葉').fill(world.facts.passphrase)
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: /^CSV/ }).click()])
  const lines = readFileSync(await download.path(), 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 2, 'a heading and the one answer')
  await context.close()
  await tablet.context.close()
})

test('a code enrols one tablet, and a revoked tablet is told so', async () => {
  const { context, page } = await world.person()
  await world.signIn(page, 'admin')
  await world.go(page, '#/devices')
  await page.locator('#device-name').fill('T-20')
  await page.locator('fieldset input').first().check()
  await page.getByRole('button', { name: /QR/ }).click()
  const code = await page.locator('[data-device-code]').innerText()
  assert.equal(await page.locator('img[src^="data:image/svg"]').count(), 1, 'the code stands as a picture too')
  const tablet = await world.person()
  await world.go(tablet.page, `#/enrol?code=${encodeURIComponent(code)}`)
  await tablet.page.getByLabel('端末の名前').fill('T-20')
  await tablet.page.getByRole('button', { name: '登録する' }).click()
  await tablet.page.locator('[data-survey]').first().waitFor()
  await world.go(page, '#/devices')
  await page.reload()
  await page.getByRole('button', { name: /T-20/ }).click()
  await page.locator('dialog .btn.danger').click()
  await page.locator('tr', { hasText: 'T-20' }).locator('.badge.bad').waitFor()
  await tablet.page.getByRole('button', { name: 'いま同期する' }).click()
  await tablet.page.locator('[data-sync=problem], [data-sync=revoked]').first().waitFor()
  await context.close()
  await tablet.context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
