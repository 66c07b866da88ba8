// Items fetched ahead: enough for some 30 seconds at the person's own pace, no more, so that a new
// ranking reaches them soon.

const SECONDS_AHEAD = 30
const FEWEST = 20
const MOST = 200
const REFILL_BELOW = 0.6
const LOOK_AGAIN_MS = 10_000
const RETRY_MS = 3_000
// Ids travel in the address; beyond this the outbox must empty itself first.
const MOST_HELD = 600

export class Supply {
  #fetch
  #held
  #onChange
  #items = []
  #secondsEach = SECONDS_AHEAD / FEWEST
  #loading = false
  #dry = false
  #timer = null
  #stopped = false

  /** The failure of the last fetch (ApiError), null after a good one. */
  problem = null
  /** True once the server has answered for the first time. */
  answered = false

  /**
   * @param {(limit: number, held: string[]) => Promise<object>} fetch GET /api/queue
   * @param {() => Iterable<string>} held items that must not come: on screen or in the outbox
   * @param {(answer: object | null) => void} onChange after every fetch, null when it failed
   */
  constructor({ fetch, held, onChange }) {
    this.#fetch = fetch
    this.#held = held
    this.#onChange = onChange
  }

  get length() {
    return this.#items.length
  }

  /** True when the server has nothing more for this person. */
  get exhausted() {
    return this.#dry && !this.#items.length
  }

  peek(count) {
    return this.#items.slice(0, count)
  }

  /** The next item; whoever takes it must know it as held at once. */
  take() {
    const item = this.#items.shift() ?? null
    queueMicrotask(() => this.refill()) // not yet: the item taken would be asked for again
    return item
  }

  /** Take a certain item out, wherever it stands. */
  remove(id) {
    this.#items = this.#items.filter(({ item }) => item !== id)
  }

  putBack(item) {
    this.remove(item.item)
    this.#items.unshift(item)
  }

  /** Learn how long a decision took. */
  notePace(seconds) {
    this.#secondsEach = 0.8 * this.#secondsEach + 0.2 * Math.min(Math.max(seconds, 0.05), 60)
  }

  /** Something changed on the server's side: there may be more now. */
  stir() {
    this.#dry = false
    this.refill()
  }

  stop() {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  async refill() {
    const target = Math.min(Math.max(Math.round(SECONDS_AHEAD / this.#secondsEach), FEWEST), MOST)
    if (this.#stopped || this.#loading || this.#dry || this.#items.length > target * REFILL_BELOW) return
    const held = new Set([...this.#held(), ...this.#items.map(({ item }) => item)])
    if (held.size > MOST_HELD) return this.#lookAgain(RETRY_MS)
    this.#loading = true
    clearTimeout(this.#timer)
    try {
      this.#arrive(await this.#fetch(target - this.#items.length, [...held]))
    } catch (error) {
      this.problem = error
      this.#lookAgain(RETRY_MS)
      this.#onChange(null)
    }
    this.#loading = false
  }

  #arrive(answer) {
    this.problem = null
    this.answered = true
    const here = new Set([...this.#held(), ...this.#items.map(({ item }) => item)])
    const fresh = answer.items.filter(({ item }) => !here.has(item))
    this.#items.push(...fresh.map((item) => ({ ...item, revision: answer.revision })))
    if (!fresh.length) {
      this.#dry = true
      this.#lookAgain(LOOK_AGAIN_MS)
    }
    this.#onChange(answer)
  }

  #lookAgain(delay) {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.stir(), delay)
  }
}
