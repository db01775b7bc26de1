import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { field, openSection, synced, type, World } from './world.js'

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

/** Twenty fields; the last three are filled by both, differently. */
const FIRST = [
  ['profile', 'department', '総務部'],
  ['profile', 'established_year', '1987'],
  ['profile', 'employees_regular', '128'],
  ['profile', 'employees_nonregular', '14'],
  ['profile', 'employees_dispatched', '6'],
  ['workforce', 'eligible', '60'],
  ['costs', 'communication', '210'],
  ['costs', 'security', '330'],
  ['costs', 'satellite', '0'],
]
const SECOND = [
  ['costs', 'training', '95'],
  ['costs', 'allowance', '480'],
  ['costs', 'other', '0'],
  ['costs', 'saved_commuting', '700'],
  ['costs', 'saved_office', '150'],
  ['costs', 'saved_paper', '32'],
  ['effects', 'comments', '相談窓口を増やしてほしい'],
  ['profile', 'corporate_number', '7000012050002'],
]
const SAME = /** @type {const} */ ([
  ['profile', 'company_name', '株式会社みほん', 'みほん株式会社'],
  ['costs', 'equipment', '3200', '3450'],
  ['costs', 'software', '800', '810'],
])

/** @param {import('playwright-core').Page} page @param {string[][]} answers */
async function fill(page, answers) {
  let section = ''
  for (const [at = '', name = '', text = ''] of answers) {
    if (at !== section) await openSection(page, at)
    section = at
    await type(page, `${at}/${name}`, text)
    await page.waitForFunction(
      ([id, typed]) => {
        const input = document.getElementById(id ?? '')
        return input && 'value' in input && String(input.value).replaceAll(',', '') === typed && !input.getAttribute('aria-invalid')
      },
      [`q-${at}_${name}`, text],
    )
  }
}

/** Waits until a question shows an answer. @param {import('playwright-core').Page} page @param {string} path @param {string} text */
async function shows(page, path, text) {
  await page.waitForFunction(
    ([id, wanted]) => {
      const input = document.getElementById(id ?? '')
      return input && 'value' in input && String(input.value).replaceAll(',', '') === wanted
    },
    [`q-${path.replace('/', '_')}`, text],
  )
}

test('two people fill twenty fields offline, three of them the same: 17 merge, 3 are chosen, none is lost', async () => {
  const company = world.untouchedCompany()
  const sato = await world.person()
  const tanaka = await world.person()
  await world.enterCompany(sato.page, company, '佐藤')
  await world.enterCompany(tanaka.page, company, '田中')
  for (const { page } of [sato, tanaka]) {
    await world.loadOnce(page)
    await synced(page)
  }

  await sato.context.setOffline(true)
  await tanaka.context.setOffline(true)
  await fill(sato.page, [...FIRST, ...SAME.map(([section, name, mine]) => [section, name, mine])])
  await fill(tanaka.page, [...SECOND, ...SAME.map(([section, name, , theirs]) => [section, name, theirs])])

  for (const { context, page } of [sato, tanaka]) {
    await context.setOffline(false)
    await synced(page)
  }
  // The first hears of the second's answers at its next exchange.
  await sato.page.evaluate(() => window.dispatchEvent(new Event('focus')))

  for (const { page } of [sato, tanaka]) {
    for (const [section = '', name = '', text = ''] of [...FIRST, ...SECOND]) {
      await openSection(page, section)
      await shows(page, `${section}/${name}`, text)
    }
    await page.evaluate((hash) => (location.hash = hash), new URL(page.url()).hash.split('/').slice(0, 4).join('/') + '/conflicts')
    await page.locator('[data-left="3"]').waitFor()
  }

  // Both answers of each of the three are there, with who gave them.
  const seen = new Set()
  for (let left = 3; left > 0; left -= 1) {
    await sato.page.locator(`[data-left="${left}"]`).waitFor()
    const path = await sato.page.locator('[data-conflict]').getAttribute('data-conflict')
    const same = SAME.find(([section, name]) => path === `${section}/${name}`)
    assert.ok(same, `${path} is one of the three`)
    seen.add(path)
    const shown = (await sato.page.locator('[data-conflict]').innerText()).replaceAll(',', '')
    assert.ok(shown.includes(same[2]) && shown.includes(same[3]), `both answers of ${path} are shown`)
    assert.ok(shown.includes('佐藤') && shown.includes('田中'), 'with who gave them')
    await sato.page.locator('.answers-pair .choice').filter({ hasText: '田中' }).first().click()
    await sato.page.getByRole('button', { name: 'これにする' }).click()
  }
  assert.equal(seen.size, 3)
  await sato.page.locator('[data-left="0"]').waitFor()
  await synced(sato.page)

  // The choice reaches the other, whose own answers they were.
  await tanaka.page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await tanaka.page.locator('[data-left="0"]').waitFor()
  for (const { page } of [sato, tanaka]) {
    for (const [section, name, , theirs] of SAME) {
      await openSection(page, section)
      await shows(page, `${section}/${name}`, theirs)
    }
  }
  await sato.context.close()
  await tanaka.context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
