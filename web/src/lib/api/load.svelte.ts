import { session } from './session.svelte'

/** Something that is asked of the server: the value, or why there is none. */
export class Load<T> {
  value = $state<T | null>(null)
  error = $state<unknown>(null)

  constructor(private readonly ask: () => Promise<T>) {}

  again = async () => {
    this.error = null
    try {
      this.value = await this.ask()
    } catch (error) {
      session.notice(error)
      this.error = error
    }
  }
}

/** Asks once, when the page is made. */
export function load<T>(ask: () => Promise<T>): Load<T> {
  const loading = new Load(ask)
  void loading.again()
  return loading
}
