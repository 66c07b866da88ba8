// Pages of the grid: the next one is fetched, thumbnails and all, while one is looked at.

const RETRY_MS = 3_000
const RENEW_MS = 240_000 // the leases of a page last ten minutes
const MOST_PACKED = 240
const PASSING = new Set(["away", "busy"]) // failures after which the same may go well

export class Shelf {
  #api
  #held
  #make
  #onChange
  #ahead = null // { query, loading: Promise, loaded } of the page after the one on screen
  #wake = null
  #renewal
  #stopped = false

  /** The failure of the last request (ApiError), null after a good one. */
  problem = null

  /**
   * @param {import("./project_api.js").ProjectApi} api
   * @param {() => Iterable<string>} held items this tab keeps; all others go back to the queue
   * @param {(answer: object, pack: ArrayBuffer | null, page?: object) => { page, sheet }} make
   *   a page for the screen, or dress one that is known
   * @param {() => void} onChange after every request
   */
  constructor({ api, held, make, onChange }) {
    this.#api = api
    this.#held = held
    this.#make = make
    this.#onChange = onChange
    this.#renewal = setInterval(() => this.#renew(), RENEW_MS)
  }

  stop() {
    this.#stopped = true
    clearInterval(this.#renewal)
    this.#wake?.()
  }

  /** Items of the page that waits ready. */
  get items() {
    return this.#ahead?.loaded?.page.items ?? []
  }

  /**
   * The next page of a query: the one fetched ahead, or one fetched now, tried again until it
   * comes. Throws where the server refuses the query.
   */
  async take(query) {
    const ahead = this.#ahead
    this.#ahead = null
    if (ahead && same(ahead.query, query)) {
      const loaded = await ahead.loading
      if (loaded) return loaded
    }
    return this.#insist(() => this.#load(query))
  }

  /** Fetch the page that will be taken next. */
  prepare(query) {
    if (this.#stopped || this.#ahead) return
    const ahead = { query, loaded: null }
    ahead.loading = this.#load(query).then(
      (loaded) => (ahead.loaded = loaded),
      () => {
        if (this.#ahead === ahead) this.#ahead = null // take() tries again
      },
    )
    this.#ahead = ahead
  }

  /** Lay a page back: it comes next. */
  putBack(query, loaded) {
    this.#ahead = { query, loaded, loading: Promise.resolve(loaded) }
  }

  /** Forget the page fetched ahead. */
  drop() {
    this.#ahead = null
  }

  /** A page of items that are known already: only their thumbnails are fetched. */
  revive(answer, page) {
    return this.#insist(() => this.#dress(answer, page))
  }

  async #load(query) {
    const held = [...new Set(this.#held())]
    const asked = performance.now()
    return this.#dress({ ...(await this.#api.page(query, held)), asked })
  }

  async #dress(answer, page) {
    const shas = answer.items.map(({ sha }) => sha).slice(0, MOST_PACKED)
    const pack = shas.length ? await this.#api.pack(shas) : null
    this.problem = null
    this.#onChange()
    return this.#make(answer, pack, page)
  }

  async #insist(attempt) {
    for (;;) {
      try {
        return await attempt()
      } catch (error) {
        if (!PASSING.has(error.kind) || this.#stopped) throw error
        this.problem = error
        this.#onChange()
        await this.#pause()
      }
    }
  }

  #pause() {
    return new Promise((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, RETRY_MS)
    })
  }

  /** Whoever asks keeps what he holds: fetch the page ahead anew before the leases run out. */
  #renew() {
    const query = this.#ahead?.loaded && this.#ahead.query
    if (!query || document.hidden) return
    this.drop()
    this.prepare(query)
  }
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other)
}
