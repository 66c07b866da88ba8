// Decisions on their way to the server. Each is written to localStorage before anything else and
// leaves it only when the server has answered for it, so a reload, a closed tab, a dead network or
// a killed server loses nothing. The server knows a decision by its id, so sending twice is harmless.
//
// One storage key a decision: prelabel/USER/PROJECT/outbox/TAB/ID. Tabs never write to each other's
// keys; what a closed tab left behind is adopted by the next one that looks.

import { backoff } from "./backoff.js"
import { claimTab, livingTabs, lockName } from "./tab.js"

const BATCH = 50
const LONGEST_DELAY_MS = 15_000
const ADOPT_EVERY_MS = 10_000

export class Outbox {
  #prefix
  #send
  #onChange
  #batch
  #tab = null
  #pending = []
  #known = new Set()
  #refused = []
  #draining = false
  #failures = 0
  #wake = null
  #timer
  #releaseLock = () => {}
  #stopped = false

  /** When the next try is due (ms since the epoch), null while nothing is wrong. */
  retryAt = null
  /** The last failure (ApiError), null while nothing is wrong. */
  problem = null
  /** False when the browser does not let us keep anything: then decisions live in this tab only. */
  durable = true

  /**
   * @param {string} user its decisions belong to the person, not to the browser
   * @param {(decisions: object[]) => Promise<object>} send POST /api/decisions
   * @param {(event: object) => void} onChange after every change of state; after an answer with its
   *   counts, the decisions settled, and of these the refused: { decision, why }
   * @param {number} batch how many decisions a request takes along, at most 500
   */
  constructor({ user, project, send, onChange, batch = BATCH }) {
    this.#prefix = `prelabel/${encodeURIComponent(user)}/${encodeURIComponent(project)}`
    this.#send = send
    this.#onChange = onChange
    this.#batch = batch
    this.#refused = [...stored(`${this.#prefix}/refused/`).values()]
  }

  /** Name this tab and take over what closed tabs left; returns those decisions, oldest first. */
  async start() {
    const { name, release } = await claimTab()
    this.#tab = name
    this.#releaseLock = release
    const adopted = await this.#adopt()
    this.#timer = setInterval(() => this.#adopt(), ADOPT_EVERY_MS)
    return adopted
  }

  stop() {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#releaseLock()
    this.#wake?.()
  }

  /** The name of this tab, which it keeps through a reload. */
  get tab() {
    return this.#tab
  }

  /** Keep a decision and send it. `shown` is for this page only and does not travel. */
  add(decision) {
    this.addAll([decision])
  }

  /** Keep decisions and send them, in order. */
  addAll(decisions) {
    for (const decision of decisions) this.#keep(decision)
    this.#onChange({})
    this.#drain()
  }

  get pending() {
    return this.#pending.length
  }

  get sending() {
    return this.#draining && this.retryAt === null
  }

  get refused() {
    return [...this.#refused]
  }

  stateOf(id) {
    if (this.#refused.some(({ decision }) => decision.id === id)) return "refused"
    if (!this.#pending.some((decision) => decision.id === id)) return "saved"
    return this.retryAt === null ? "saving" : "kept"
  }

  /** Items with a decision under way in any tab of this browser. */
  heldItems() {
    const decisions = [...stored(`${this.#prefix}/outbox/`).values(), ...this.#pending]
    return new Set(decisions.filter(({ kind }) => kind !== "undo").map(({ item }) => item))
  }

  retryNow() {
    this.#wake?.()
  }

  /** Take a refused decision off the list. */
  dismiss(id) {
    this.#refused = this.#refused.filter(({ decision }) => decision.id !== id)
    forget(`${this.#prefix}/refused/${id}`)
    this.#onChange({})
  }

  /** Send a refused decision again, under its old id. */
  resend(id) {
    const found = this.#refused.find(({ decision }) => decision.id === id)
    if (!found) return
    this.#known.delete(id)
    this.#keep(found.decision)
    this.dismiss(id)
    this.#drain()
  }

  #keep(decision) {
    if (this.#known.has(decision.id)) return false
    this.#known.add(decision.id)
    this.durable = store(this.#keyOf(decision.id), decision) && this.durable
    this.#pending.push(decision)
    return true
  }

  #keyOf(id) {
    return `${this.#prefix}/outbox/${this.#tab}/${id}`
  }

  async #drain() {
    if (this.#draining) return
    this.#draining = true
    let size = this.#batch
    while (this.#pending.length && !this.#stopped) {
      const batch = this.#pending.slice(0, size)
      try {
        this.#settle(batch, await this.#send(batch.map(({ shown, ...decision }) => decision)))
        size = Math.min(size * 2, this.#batch)
      } catch (error) {
        if (error.kind !== "refused") await this.#waitAfter(error)
        else if (batch.length > 1) size = 1 // find the one that is at fault
        else this.#settle(batch, { rejected: [{ id: batch[0].id, why: error.message }] })
      }
    }
    this.#draining = false
    this.#onChange({})
  }

  #settle(batch, answer) {
    const why = new Map((answer.rejected ?? []).map(({ id, why }) => [id, why]))
    const done = new Set([...(answer.acknowledged ?? []), ...(answer.already_known ?? []), ...why.keys()])
    const settled = batch.filter(({ id }) => done.has(id))
    if (!settled.length) throw Object.assign(new Error("The server left decisions unanswered"), { kind: "busy" })
    for (const decision of settled) {
      if (why.has(decision.id)) this.#refuse(decision, why.get(decision.id))
      forget(this.#keyOf(decision.id))
    }
    this.#pending = this.#pending.filter(({ id }) => !done.has(id))
    this.#failures = 0
    this.problem = this.retryAt = null
    const refused = settled.filter(({ id }) => why.has(id)).map((decision) => ({ decision, why: why.get(decision.id) }))
    this.#onChange({ counts: answer.counts, settled, refused })
  }

  #refuse(decision, why) {
    const refusal = { decision, why }
    store(`${this.#prefix}/refused/${decision.id}`, refusal)
    this.#refused.push(refusal)
  }

  async #waitAfter(error) {
    const delay = backoff(this.#failures++, LONGEST_DELAY_MS)
    this.problem = error
    this.retryAt = Date.now() + delay
    this.#onChange({})
    const wake = () => this.#wake?.()
    addEventListener("online", wake, { once: true })
    await new Promise((resolve) => {
      this.#wake = resolve
      setTimeout(resolve, delay)
    })
    removeEventListener("online", wake)
    this.#wake = this.retryAt = null
    this.#onChange({})
  }

  async #adopt() {
    const living = await livingTabs()
    const adopted = []
    for (const [key, decision] of stored(`${this.#prefix}/outbox/`)) {
      const tab = key.split("/").at(-2)
      if (tab !== this.#tab && living.has(lockName(tab))) continue
      if (this.#keep(decision)) adopted.push(decision)
      if (tab !== this.#tab) forget(key)
    }
    if (adopted.length) {
      this.#pending.sort((a, b) => (a.id < b.id ? -1 : 1))
      this.#onChange({})
      this.#drain()
    }
    return adopted
  }
}

function stored(prefix) {
  const found = []
  try {
    for (let index = 0; index < localStorage.length; index++) {
      const key = localStorage.key(index)
      if (key.startsWith(prefix)) found.push([key, JSON.parse(localStorage.getItem(key))])
    }
  } catch {
    // no storage in this browser, or a foreign value in it: nothing to take over
  }
  return new Map(found.sort(([a], [b]) => (a.split("/").at(-1) < b.split("/").at(-1) ? -1 : 1)))
}

function store(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

function forget(key) {
  try {
    localStorage.removeItem(key)
  } catch {
    // it was never kept
  }
}
