import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { field, openSection, synced, type, World } from './world.js'

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

test('a company fills its form without a network, reloads, and nothing is lost', async () => {
  const { context, page } = await world.person()
  await world.enterCompany(page, world.untouchedCompany(), '佐藤')
  await world.loadOnce(page)
  await synced(page)

  await context.setOffline(true)
  await page.reload()
  await openSection(page, 'costs')
  await type(page, 'costs/equipment', '３，２００')
  await page.locator('[data-saved]').waitFor()
  assert.equal(await field(page, 'costs/equipment').inputValue(), '3,200', 'full-width digits are taken as a number')
  assert.match(await page.locator('[data-saved]').innerText(), /保存済/)

  await page.reload()
  await field(page, 'costs/equipment').waitFor()
  assert.equal(await field(page, 'costs/equipment').inputValue(), '3,200')
  assert.notEqual(await page.locator('[data-sync]').getAttribute('data-waiting'), '0', 'the answer waits to be sent')

  await context.setOffline(false)
  await synced(page)
  assert.equal(await page.locator('[data-sync]').getAttribute('data-waiting'), '0')
  await context.close()
})

test('the server is really gone while the browser believes in its network, and comes back', async () => {
  const { context, page } = await world.person()
  const company = world.untouchedCompany()
  await world.enterCompany(page, company, '鈴木')
  await world.loadOnce(page)
  await synced(page)

  await world.wire.cut()
  await page.reload()
  await openSection(page, 'costs')
  assert.equal(await page.evaluate(() => navigator.onLine), true)
  await type(page, 'costs/software', '450')
  await page.locator('[data-saved]').waitFor()
  await page.locator('[data-sync=waiting], [data-sync=sending]').first().waitFor()

  await world.wire.lay()
  // The person comes back to the page: the device tries again at once, not at its next turn.
  await page.evaluate(() => window.dispatchEvent(new Event('focus')))
  await synced(page)

  // Another device of the company sees what was typed without the server.
  const other = await world.person()
  await world.enterCompany(other.page, company, '田中')
  await openSection(other.page, 'costs')
  assert.equal(await field(other.page, 'costs/software').inputValue(), '450')
  await other.context.close()
  await context.close()
})

test('an answer that does not fit is refused beside its field and the answer before stays', async () => {
  const { context, page } = await world.person()
  await world.enterCompany(page, world.untouchedCompany(), '高橋')
  await openSection(page, 'costs')
  await type(page, 'costs/security', '120')
  await page.locator('[data-saved]').waitFor()
  await type(page, 'costs/security', 'たくさん')
  await page.locator('#q-costs_security-error').waitFor()
  assert.equal(await field(page, 'costs/security').getAttribute('aria-invalid'), 'true')
  await page.reload()
  await field(page, 'costs/security').waitFor()
  assert.equal(await field(page, 'costs/security').inputValue(), '120')
  await context.close()
})

test('a form that nobody touches asks nothing of the core', async () => {
  const { context, page } = await world.person()
  await context.addInitScript(() => {
    const post = Worker.prototype.postMessage
    window.name = '0'
    /** @param {any} message */
    Worker.prototype.postMessage = function (message) {
      window.name = String(Number(window.name) + 1)
      return post.call(this, message)
    }
  })
  await world.enterCompany(page, world.untouchedCompany(), '渡辺')
  await synced(page)
  await page.waitForTimeout(500)
  const before = await page.evaluate(() => Number(window.name))
  assert.ok(before > 0, 'the calls are counted')
  await page.waitForTimeout(1_000)
  assert.equal(await page.evaluate(() => Number(window.name)), before)
  await context.close()
})

test('two tabs do not write the same answers', async () => {
  const { context, page } = await world.person()
  await world.enterCompany(page, world.untouchedCompany(), '伊藤')
  const second = await context.newPage()
  await second.goto(page.url())
  await second.getByRole('heading', { name: '別のタブで開いています' }).waitFor()
  await second.getByRole('button', { name: 'このタブで使う' }).click()
  await second.locator('.tasks .task').first().waitFor()
  await page.getByRole('heading', { name: '別のタブで開いています' }).waitFor()
  await context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
