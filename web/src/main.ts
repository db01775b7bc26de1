import '@digital-go-jp/design-tokens/dist/tokens.css'
import './styles/base.css'
import './styles/components.css'
import './styles/shell.css'
import './styles/kiosk.css'
import './styles/form.css'
import './styles/dashboard.css'
import { mount } from 'svelte'
import App from './App.svelte'
import { watchNetwork } from './lib/core/device.svelte'
import { router } from './lib/router.svelte'

router.start()
watchNetwork()
const target = document.getElementById('app')
if (target) mount(App, { target })
