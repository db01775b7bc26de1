import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { World } from './world.js'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

/** axe finds nothing, one h1 stands, and nothing is cut off. @param {import('playwright-core').Page} page @param {string} name */
async function check(page, name) {
  await page.locator('h1').first().waitFor()
  await page.waitForFunction(() => ![...document.querySelectorAll('[role=status]')].some((one) => /^(読み込んでいます|Loading)/.test(one.textContent ?? '')))
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze()
  const found = violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).slice(0, 3).join(' | ')}`)
  assert.deepEqual(found, [], `${name}: axe`)
  assert.equal(await page.locator('h1').count(), 1, `${name}: one h1`)
  const size = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 800 })
  const wide = await page.evaluate(() => document.documentElement.scrollWidth)
  assert.ok(wide <= 320, `${name}: ${wide} px wide at 320 px`)
  if (size) await page.setViewportSize(size)
}

for (const language of ['ja', 'en']) {
  test(`every page is accessible and reflows (${language})`, async () => {
    const { context, page } = await world.person()
    await context.addInitScript((tag) => localStorage.setItem('language', tag), language)
    for (const address of ['#/', '#/signin', '#/enrol', '#/company', '#/nowhere']) {
      await world.go(page, address)
      await check(page, address)
    }
    await world.signIn(page, 'admin')
    for (const address of ['#/dashboard', '#/surveys', '#/forms', '#/devices']) {
      await world.go(page, address)
      await check(page, address)
    }
    await world.go(page, '#/dashboard')
    await page.locator('[data-tile] h3 a').first().click()
    await page.locator('#trend').waitFor()
    await check(page, 'indicator')
    await world.go(page, '#/surveys')
    await page.locator('tbody th a').first().click()
    await page.locator('#detail').waitFor()
    await check(page, 'survey')
    await context.close()
  })
}

test('the pages of a company and of a tablet are accessible', async () => {
  const { context, page } = await world.person()
  const conflict = world.facts.companies.find((company) => company.state === 'conflict')
  assert.ok(conflict)
  await world.enterCompany(page, conflict, '佐藤')
  await check(page, 'task list')
  const home = new URL(page.url()).hash
  for (const part of ['section/profile', 'section/workforce', 'section/costs', 'section/effects', 'conflicts', 'check']) {
    await page.evaluate((hash) => (location.hash = hash), `${home}/${part}`)
    await check(page, part)
  }
  await world.enrolTablet(page)
  await check(page, 'survey list')
  await world.go(page, '#/tablet/outbox')
  await check(page, 'outbox')
  await world.go(page, '#/tablet')
  await page.locator('[data-survey=loneliness] .btn.primary').click()
  await page.locator('[data-stage=hand]').waitFor()
  await check(page, 'hand-over')
  await context.close()
})

test('sixteen tiles stand on the dashboard, and hidden cells are read as hidden', async () => {
  const { context, page } = await world.person()
  await world.signIn(page, 'analyst')
  await page.locator('[data-tile]').first().waitFor()
  assert.equal(await page.locator('[data-tile]').count(), 16)
  assert.match(await page.locator('.banner').innerText(), /架空のデータ/)
  await context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
