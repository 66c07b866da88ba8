// Where the thumbnails lie. Clicks and drags are told by tile; the tiles themselves know nothing.

import { h } from "../shared/dom.js"
import { painted } from "../shared/frames.js"
import { Band } from "./band.js"

const BADGE = ".pl-badge"

export class Board {
  #on
  #sheet = null
  #columns = 0
  #shown = 0
  #sizes = new ResizeObserver(() => (this.#columns = 0))

  element = h("div", { class: "pl-board", role: "group", "data-testid": "grid-board", "data-painted": "0" })

  /**
   * @param {{ click(tile, extend: boolean): void, open(tile): void, drag(tiles, unmark: boolean): void,
   *   point(tile): void, hold(tile): void, letGo(): void }} on what a pointer does
   */
  constructor(on) {
    this.#on = on
    this.element.addEventListener("click", (event) => this.#click(event))
    this.element.addEventListener("pointerover", (event) => this.#point(event))
    this.element.addEventListener("dragstart", (event) => event.preventDefault())
    this.band = new Band(this.element, {
      tiles: () => this.#sheet?.elements ?? [],
      done: (elements, unmark) => on.drag(elements.map((one) => this.#sheet.tileOf(one)), unmark),
      hold: (target) => this.#hold(target),
      letGo: () => on.letGo(),
    })
    this.#sizes.observe(this.element)
  }

  stop() {
    this.#sizes.disconnect()
  }

  /** Show a sheet; resolves once its thumbnails are painted, with false where another one came first. */
  async show(sheet, name) {
    const turn = ++this.#shown
    this.#sheet = sheet
    this.#columns = 0
    this.element.setAttribute("aria-label", name)
    this.element.dataset.painted = "0"
    this.element.replaceChildren(...(sheet?.elements ?? []), this.band.element)
    this.element.scrollTop = 0
    await sheet?.decoded
    await painted()
    if (turn !== this.#shown) return false
    this.element.dataset.painted = String(sheet?.elements.length ?? 0)
    return true
  }

  set size(name) {
    this.element.dataset.size = name
    this.#columns = 0
  }

  /** How many thumbnails stand in a row. */
  get columns() {
    this.#columns ||= inARow(this.#sheet?.elements ?? [])
    return this.#columns
  }

  /** Put the frame (and the focus) on a tile. */
  frame(before, tile, focus) {
    const old = before && this.#sheet.element(before)
    if (old) {
      old.classList.remove("pl-cursor")
      old.tabIndex = -1
    }
    const element = this.#sheet.element(tile)
    element.classList.add("pl-cursor")
    element.tabIndex = 0
    if (!focus) return
    element.focus({ preventScroll: true })
    element.scrollIntoView({ block: "nearest" })
  }

  /** The tiles were added to, or taken from. */
  changed() {
    this.#columns = 0
  }

  #click(event) {
    const tile = this.#sheet?.tileOf(event.target)
    if (!tile || this.band.swallows(event)) return
    if (event.target.closest(BADGE)) this.#on.open(tile)
    else this.#on.click(tile, event.shiftKey)
  }

  #point(event) {
    const tile = this.#sheet?.tileOf(event.target)
    if (tile) this.#on.point(tile)
  }

  #hold(target) {
    const tile = this.#sheet?.tileOf(target)
    if (tile) this.#on.hold(tile)
  }
}

function inARow(elements) {
  const top = elements[0]?.offsetTop
  const next = elements.findIndex(({ offsetTop }) => offsetTop !== top)
  return Math.max(1, next < 0 ? elements.length : next)
}
