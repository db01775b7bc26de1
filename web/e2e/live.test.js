import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { field, openSection, synced, type, World } from './world.js'

/** @type {World} */
let world
before(async () => {
  world = await World.start()
})
after(() => world.end())

test('two people online see where the other is, and what the other answered, without asking', async (context) => {
  const company = world.untouchedCompany()
  const sato = await world.person()
  const tanaka = await world.person()
  await world.enterCompany(sato.page, company, '佐藤')
  await world.enterCompany(tanaka.page, company, '田中')
  for (const { page } of [sato, tanaka]) {
    await synced(page)
    await page.locator('[data-people="1"]').waitFor()
  }
  assert.match(await tanaka.page.locator('[data-people]').innerText(), /佐藤/)

  // A soft lock: said beside the question, and nothing is blocked.
  for (const { page } of [sato, tanaka]) await openSection(page, 'costs')
  await field(sato.page, 'costs/equipment').focus()
  const said = tanaka.page.locator('[data-typing="costs/equipment"]')
  await said.waitFor()
  assert.match(await said.innerText(), /佐藤 さんがこの質問に入力中です/)
  assert.equal(await field(tanaka.page, 'costs/equipment').isEditable(), true)

  // The poll of a page without news comes after a minute: what arrives sooner was told.
  const took = []
  for (const [name, text] of [['equipment', '3200'], ['software', '810'], ['security', '330']]) {
    const begun = performance.now()
    await type(sato.page, `costs/${name}`, text ?? '')
    await tanaka.page.waitForFunction(
      ([id, wanted]) => {
        const input = document.getElementById(id ?? '')
        return input && 'value' in input && String(input.value).replaceAll(',', '') === wanted
      },
      [`q-costs_${name}`, text],
    )
    took.push(Math.round(performance.now() - begun))
  }
  context.diagnostic(`an answer was on the other screen after ${took.join(', ')} ms`)
  await said.waitFor({ state: 'detached' })

  // Who closes the page has gone.
  await sato.context.close()
  await tanaka.page.locator('[data-people="0"]').waitFor({ state: 'attached' })
  await tanaka.context.close()
})

test('no request went to another host', () => {
  assert.deepEqual(world.foreign, [])
})
