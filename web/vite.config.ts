import { readFileSync } from 'node:fs'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { VitePWA } from 'vite-plugin-pwa'
import { defineConfig } from 'vitest/config'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'))

// The page, its worker and the service worker come from the server that took the
// questionnaires in, and from nowhere else: no fonts, scripts or maps of other hosts.
export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [
    svelte(),
    VitePWA({
      // A new version waits until a person says so: never in the middle of an interview.
      registerType: 'prompt',
      injectRegister: false,
      includeAssets: ['icon.svg'],
      workbox: {
        globPatterns: ['**/*.{js,css,html,svg,wasm,webmanifest}'],
        maximumFileSizeToCacheInBytes: 8 * 1024 * 1024,
        navigateFallback: 'index.html',
        // What the server answers itself is never taken from a cache.
        navigateFallbackDenylist: [/^\/v1\//, /^\/healthz/, /^\/readyz/, /^\/metrics/],
        cleanupOutdatedCaches: true,
      },
      manifest: {
        id: '/',
        name: 'Tsumugi 調査',
        short_name: 'Tsumugi',
        description: 'ネットワークがなくても答えられる調査 / Surveys that work without a network',
        lang: 'ja',
        start_url: '/',
        display: 'standalone',
        background_color: '#ffffff',
        theme_color: '#0017c1',
        icons: [{ src: 'icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' }],
        shortcuts: [
          { name: '端末の調査一覧 / Surveys of this tablet', url: '/#/tablet' },
          { name: '指標 / Indicators', url: '/#/dashboard' },
        ],
      },
    }),
  ],
  worker: { format: 'es' },
  build: { target: 'es2022', chunkSizeWarningLimit: 900, assetsInlineLimit: 0 },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/healthz': 'http://127.0.0.1:8080' } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
