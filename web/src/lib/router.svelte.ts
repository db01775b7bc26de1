import { tick } from 'svelte'

/** Where the person is: everything stands behind `#`, so that codes never reach a server's log. */
export interface Place {
  segments: string[]
  query: URLSearchParams
}

/** Reads the part of an address behind `#`. */
export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2)
  const segments = path.split('/').filter(Boolean).map(decode)
  if (segments[0] === 'indicators') segments[0] = 'dashboard'
  return { segments, query: new URLSearchParams(query) }
}

/** The address behind `#` for a printed one: `/tablet#CODE` opens the enrolment, `/company#CODE` the form. */
export function printedPlace(pathname: string, hash: string): string | null {
  const page = pathname.replace(/^\/|\/$/g, '')
  const code = hash.replace(/^#\/?/, '')
  const pages: Record<string, string> = { tablet: code ? 'enrol' : 'tablet', enrol: 'enrol', company: 'company', card: 'tablet' }
  const target = pages[page] ?? (['signin', 'dashboard', 'indicators', 'surveys', 'forms', 'devices'].includes(page) ? page : '')
  if (!target) return null
  return code && target !== 'tablet' ? `#/${target}?code=${encodeURIComponent(code)}` : `#/${target}`
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The address of a page; segments are encoded. */
export function link(...segments: string[]): string {
  return '#/' + segments.map(encodeURIComponent).join('/')
}

class Router {
  place = $state<Place>(parsePlace(typeof location === 'undefined' ? '' : location.hash))
  /** Rises with every change of page: pages are made anew by it. */
  visit = $state(0)
  /** While set, the browser's back and forward keys stay on this page. */
  private held: string | null = null

  start() {
    const printed = printedPlace(location.pathname, location.hash)
    if (printed) {
      history.replaceState(null, '', `/${printed}`)
      this.place = parsePlace(printed)
    }
    addEventListener('hashchange', () => this.arrive())
  }

  go(address: string) {
    if (location.hash === address) this.arrive()
    else location.hash = address
  }

  /** Goes on without leaving the present page in the history. */
  replace(address: string) {
    history.replaceState(null, '', address)
    this.arrive()
  }

  /** Removes a code from the address bar and the history without leaving the page. */
  forgetQuery() {
    history.replaceState(null, '', location.hash.split('?', 1)[0])
  }

  /** Keeps the browser's back key on this page, until released. */
  hold() {
    this.held = location.hash
    history.pushState(null, '', this.held)
    addEventListener('popstate', this.stay)
  }

  release() {
    this.held = null
    removeEventListener('popstate', this.stay)
  }

  private stay = () => {
    if (this.held !== null) history.pushState(null, '', this.held)
  }

  private arrive() {
    if (this.held !== null) return
    this.place = parsePlace(location.hash)
    this.visit += 1
    scrollTo(0, 0)
    void focusHeading()
  }
}

/** Moves the focus to the page's heading, so that a screen reader says where it is. */
export async function focusHeading() {
  await tick()
  const heading = document.querySelector<HTMLElement>('main h1')
  if (heading) {
    heading.tabIndex = -1
    heading.focus({ preventScroll: true })
  }
}

export const router = new Router()
