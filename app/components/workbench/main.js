// Entry of the component: the two views of review in one place. The address says which is shown;
// changing between them asks Streamlit for nothing, and the other one's modules are loaded ahead.

import { shown } from "../shared/mount.js"

const VIEWS = { single: "../review/main.js", grid: "../grid/main.js" }
const AHEAD_MS = 1_000
const LONGEST_MS = 2_000 // that a view waits until the other one's items are given back
const benches = new WeakMap()

/**
 * Streamlit calls this again at every change of its data and cleans up only when the component
 * leaves the page, so there is one workbench a root element.
 */
export function mount({ data: { project, user }, parentElement }) {
  const running = benches.get(parentElement)
  if (running?.project === project && running.user === user) return running.unmount
  running?.unmount()
  const bench = new Workbench(project, user, parentElement)
  const unmount = () => {
    bench.stop()
    benches.delete(parentElement)
  }
  benches.set(parentElement, { project, user, unmount })
  return unmount
}

class Workbench {
  #project
  #user
  #parent
  #wanted = null
  #turn = 0
  #takeAway = null
  #timer
  #listeners = new AbortController()

  constructor(project, user, parent) {
    this.#project = project
    this.#user = user
    this.#parent = parent
    addEventListener("popstate", () => this.#show(viewInAddress()), { signal: this.#listeners.signal })
    this.#show(viewInAddress())
  }

  stop() {
    this.#turn++
    this.#listeners.abort()
    clearTimeout(this.#timer)
    this.#clear()
  }

  /** @param {object} [more] what one view wants the other to begin with, see their `build` */
  async #show(view, more) {
    if (view === this.#wanted) return
    const turn = ++this.#turn
    this.#wanted = view
    const module = await import(VIEWS[view]).catch(() => null)
    if (turn !== this.#turn) return
    if (!module) return (this.#wanted = null) // the server is away: what is shown stays
    await Promise.race([this.#clear(view), pause(LONGEST_MS)])
    if (turn !== this.#turn) return
    const other = view === "grid" ? "single" : "grid"
    const config = { project: this.#project, user: this.#user, ...more }
    const change = (wanted) => this.#change(other, wanted)
    this.#takeAway = shown((signal) => module.build(config, change, signal), this.#parent)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => import(VIEWS[other]).catch(() => null), AHEAD_MS)
  }

  async #change(view, more) {
    await this.#show(view, more)
    if (this.#wanted === view && viewInAddress() !== view) history.pushState(history.state, "", addressOf(view, more?.advised?.label))
  }

  /** @param {string | null} next the view that comes in the place of this one, null: none */
  #clear(next = null) {
    const takeAway = this.#takeAway
    this.#takeAway = null
    return takeAway?.(next)
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function viewInAddress() {
  return new URL(location.href).searchParams.get("view") === "grid" ? "grid" : "single"
}

function addressOf(view, label) {
  const address = new URL(location.href)
  if (view === "grid") address.searchParams.set("view", view)
  else for (const name of ["view", "label"]) address.searchParams.delete(name)
  if (label) address.searchParams.set("label", label)
  return address
}
