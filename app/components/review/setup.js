// How the project and the person want the review to be, as GET /api/queue tells it.

import { Keymap } from "../shared/keymap.js"
import { COMMANDS as OF_GRID } from "../grid/keys.js"
import { COMMANDS } from "./keys.js"

const BEGINNING = 20 // decisions, the first that a refit learns from

export class Setup {
  #store

  keymap = new Keymap(COMMANDS, OF_GRID)
  mode = "single"
  classes = []
  counts = null
  /** Whether the model has looked at the project's pictures at all. */
  prelabeled = true
  /** Viewing time (s) below which accepting does not count. */
  shortest = 0
  /** Minutes of work after which a rest is due, 0: never. */
  restMinutes = 0
  guidelineRevision = undefined
  /** What the person is in this project, null until it is told. */
  role = null
  /** The page of the grid that pays more than this view: { label, pictures, wrong }; null: none. */
  advice = null
  #opening = null
  #digits = "rank"
  #changed = false // the keys, on this page: an answer that was under way then tells older ones

  /** @param {(keys: object) => Promise<void>} store keeps the person's keys on the server */
  constructor(store) {
    this.#store = store
  }

  /**
   * Take over what the server tells.
   * @returns {string | null} what the person should know of it
   */
  take({ mode, classes, counts, prelabeled, role = null, advice = null, settings = {}, keys = {}, guideline_revision: revision }) {
    Object.assign(this, { mode, classes, counts, prelabeled, role, advice })
    this.shortest = settings.shortest_seconds ?? 0
    this.restMinutes = settings.rest_minutes ?? 0
    this.#digits = settings.digits ?? "rank"
    if (!this.#changed && JSON.stringify(keys) !== JSON.stringify(this.keymap.own)) this.keymap.own = keys
    const before = this.guidelineRevision
    this.guidelineRevision = revision
    return before !== undefined && before !== revision ? "The guidelines of this project have changed: read them" : null
  }

  /** Whether nothing can have been learned yet: then a glance at what is surest says most. */
  get begins() {
    return this.mode === "single" && this.prelabeled && (this.counts?.verified ?? 0) < BEGINNING
  }

  /** The surest of each class, { pictures, limit, shown: [{ sha, label }] }; null: none, or work has begun. */
  get opening() {
    return this.begins ? this.#opening : null
  }

  set opening(found) {
    this.#opening = found.pictures ? found : null
  }

  /** What digits mean: "rank" of a proposal, or "code" of a class. */
  get digits() {
    if (!this.classes.some(({ code }) => code)) return "rank"
    const own = this.keymap.own.digitsAreCodes
    return (own ?? this.#digits === "code") ? "code" : "rank"
  }

  /** Keep the keys that the person wants, and put them to use. */
  async saveKeys(keys) {
    await this.#store(keys)
    this.#changed = true
    this.keymap.own = keys
  }

  /** Let digits mean the other thing; in force at once, and from now on where it can be kept. */
  async switchDigits() {
    this.#changed = true
    this.keymap.own = { ...this.keymap.own, digitsAreCodes: this.digits !== "code" }
    await this.#store(this.keymap.own)
  }
}
