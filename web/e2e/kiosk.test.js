import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { begin, World } from './world.js'

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

/** Everything that the browser keeps for the page, as one text. @param {import('playwright-core').Page} page */
function everythingStored(page) {
  return page.evaluate(async () => {
    const parts = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }), document.cookie]
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((done, failed) => {
        const request = indexedDB.open(name ?? '')
        request.onsuccess = () => done(request.result)
        request.onerror = () => failed(request.error)
      })
      for (const store of database.objectStoreNames) {
        const rows = database.transaction(store).objectStore(store)
        const values = await new Promise((done) => {
          const request = rows.getAll()
          request.onsuccess = () => done(request.result)
        })
        for (const value of values) {
          if (value instanceof Uint8Array) parts.push(new TextDecoder('latin1').decode(value))
          else parts.push(String(value))
        }
      }
      database.close()
    }
    return parts.join('\n')
  })
}

test('a person answers by keyboard, and the tablet keeps nothing of it', async () => {
  const { context, page } = await world.person()
  await world.enrolTablet(page)
  await world.loadOnce(page)
  await context.setOffline(true)
  await page.locator('[data-survey=loneliness] .btn.primary').click()
  const [card = ''] = world.facts.cards['loneliness']?.splice(0, 1) ?? []
  await begin(page, card)

  /** @type {string[]} */
  const asked = []
  while ((await page.locator('.kiosk').getAttribute('data-stage')) === 'ask') {
    const heading = await page.locator('h1').innerText()
    asked.push(heading)
    if ((await page.locator('main .choice').count()) > 0) {
      await page.keyboard.press('3')
      await page.locator('main .choice input:checked').waitFor()
    }
    await page.keyboard.press('Enter')
    await page.waitForFunction((before) => document.querySelector('h1')?.textContent?.trim() !== before.trim(), heading)
  }
  assert.ok(asked.length >= 8, `${asked.length} questions were asked`)
  await page.getByRole('button', { name: '答えを しまう' }).click()
  await page.locator('[data-stage=end]').waitFor()
  const end = await page.locator('main').innerText()
  assert.match(end, /ありがとうございました/)
  assert.match(end, /\d{3,4}-\d{2,4}/, 'the help line stands on the last page')

  await page.getByRole('button', { name: 'つぎの人の 準備をする' }).click()
  await page.locator('[data-stage=hand]').waitFor()
  await page.goBack().catch(() => null)
  await page.locator('[data-stage=hand]').waitFor()
  const shown = await page.content()
  for (const question of asked.slice(1)) assert.equal(shown.includes(question), false, 'no question is left on the screen')
  const stored = await everythingStored(page)
  for (const trace of [card, card.replaceAll('-', ''), 'ucla_', 'loneliness_direct', 'age_band']) {
    assert.equal(stored.includes(trace), false, `${trace} is not in the storage`)
  }

  // The same card does not open a second answer.
  await page.getByRole('button', { name: /はじめる/ }).click()
  await page.getByLabel('カードの 番号').fill(card)
  await page.getByRole('button', { name: /質問に すすむ/ }).click()
  await page.locator('#card-error').waitFor()
  await context.close()
})

test('a reload in the middle of an answer leaves nothing, and the card can still be used', async () => {
  const { context, page } = await world.person()
  await world.enrolTablet(page)
  await page.locator('[data-survey=loneliness] .btn.primary').click()
  const [card = ''] = world.facts.cards['loneliness']?.splice(0, 1) ?? []
  await begin(page, card)
  await page.keyboard.press('Enter')
  await page.locator('main .choice').first().click()
  await page.reload()
  await page.locator('[data-stage=hand]').waitFor()
  await begin(page, card)
  assert.equal(await page.locator('main .choice input:checked').count(), 0)
  await context.close()
})

test('a tablet left alone asks, and then forgets the answers', async () => {
  const { context, page } = await world.person()
  await world.enrolTablet(page)
  await page.clock.install()
  await page.locator('[data-survey=loneliness] .btn.primary').click()
  const [card = ''] = world.facts.cards['loneliness']?.splice(0, 1) ?? []
  await begin(page, card)
  await page.clock.runFor(61_000)
  await page.getByRole('heading', { name: 'つづけますか' }).waitFor()
  await page.clock.runFor(31_000)
  await page.locator('[data-stage=hand]').waitFor()
  await context.close()
})

test('hiding covers the question until it is shown again', async () => {
  const { context, page } = await world.person()
  await world.enrolTablet(page)
  await page.locator('[data-survey=loneliness] .btn.primary').click()
  const [card = ''] = world.facts.cards['loneliness']?.splice(0, 1) ?? []
  await begin(page, card)
  const question = await page.locator('h1').innerText()
  await page.getByRole('button', { name: 'かくす' }).click()
  assert.equal((await page.content()).includes(question), false)
  await page.getByRole('button', { name: 'もとにもどす' }).click()
  assert.equal(await page.locator('h1').innerText(), question)
  await context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
