// What this person has decided, oldest first, one entry an item: { item, decision }. `back` counts
// the steps from the present; 0 is the picture waiting for its decision.

export class Timeline {
  #entries = []
  back = 0

  get length() {
    return this.#entries.length
  }

  get last() {
    return this.#entries.at(-1) ?? null
  }

  /** The entry on screen, null in the present. */
  get shown() {
    return this.back ? this.#entries.at(-this.back) : null
  }

  has(itemId) {
    return this.#entries.some(({ item }) => item.item === itemId)
  }

  recent(count) {
    return this.#entries.slice(-count).reverse()
  }

  /** Rebuild from GET /api/history (newest first) and the decisions still in the outbox. */
  restore(decisions, unsent) {
    const seen = new Set()
    const entries = []
    for (const decision of decisions) {
      if (decision.kind === "undo" || decision.undone || seen.has(decision.item)) continue
      seen.add(decision.item)
      entries.unshift({ item: itemOf(decision), decision })
    }
    const newer = this.#entries
    this.#entries = entries
    for (const decision of unsent) this.add({ ...decision.shown, item: decision.item }, decision)
    for (const { item, decision } of newer) this.add(item, decision)
  }

  /** Note a decision: a new entry, or another answer to an item that has one. */
  add(item, decision) {
    if (decision.kind === "undo") return this.remove(decision.supersedes)
    const at = this.#entries.findIndex((entry) => entry.item.item === item.item)
    if (at >= 0) this.#entries[at] = { item, decision }
    else this.#entries.push({ item, decision })
  }

  remove(id) {
    this.#entries = this.#entries.filter(({ decision }) => decision.id !== id)
    this.back = Math.min(this.back, this.#entries.length)
  }

  /** Step back (1) or forth (-1); false at either end. */
  step(by) {
    const back = this.back + by
    if (back < 0 || back > this.#entries.length) return false
    this.back = back
    return true
  }

  show(id) {
    const at = this.#entries.findIndex(({ decision }) => decision.id === id)
    if (at >= 0) this.back = this.#entries.length - at
  }
}

/** What a decision of the history tells about its picture. */
function itemOf(decision) {
  const { id, kind, labels, ask, standing, at, undone, act_id: act, view, purpose, ...item } = decision
  return { ...item, revision: null, reason: null }
}
