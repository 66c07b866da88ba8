// The page of the grid: puts the parts together and draws what state it is in.

import { Dialogs } from "../shared/dialogs.js"
import { h } from "../shared/dom.js"
import { fitHeight, keepInPlace } from "../shared/place.js"
import { restNotice } from "../shared/rest.js"
import { Status } from "../shared/status.js"
import { viewTabs } from "../shared/views.js"
import { Actions } from "./actions.js"
import { Bar } from "./bar.js"
import { Board } from "./board.js"
import { Loupe } from "./loupe.js"
import { noticeOf } from "./notice.js"
import { Rail } from "./rail.js"
import { labelText } from "./wording.js"

const SAY_MS = 3_000

export class Screen {
  #toast = h("div", { class: "pl-toast", role: "status", "aria-live": "polite" })
  #notice = h("div", { class: "pl-notice", "data-testid": "grid-notice", hidden: true })
  #rest
  #toastTimer
  #scheduled = false
  #grid = null
  #framed = null
  #pointed = null
  #listeners = new AbortController()
  #commands

  loupe = new Loupe()

  /**
   * @param {string} project
   * @param commands what the buttons do, by name
   * @param {() => void} otherView ask for the single view
   */
  constructor(project, commands, otherView) {
    this.#commands = commands
    this.dialogs = new Dialogs(() => this.element.focus({ preventScroll: true }))
    this.#rest = restNotice(() => commands.rested())
    this.status = new Status(project, commands)
    this.status.element.insertBefore(viewTabs(project, "grid", otherView), this.status.element.children[1])
    this.board = new Board({
      click: (tile, extend) => (extend ? this.#grid.marking.to(tile) : this.#grid.marking.toggle(tile)),
      open: (tile) => this.#grid.marking.stack(tile),
      drag: (tiles, unmark) => this.#grid.marking.many(tiles, unmark),
      point: (tile) => this.#point(tile),
      hold: (tile) => this.loupe.show(tile),
      letGo: () => this.loupe.hide(),
    })
    this.rail = new Rail((label) => commands.show(label))
    this.bar = new Bar(commands)
    this.actions = new Actions(commands)
    const sheet = h("section", { class: "pl-sheet" }, this.bar.element, this.board.element, this.#notice, this.actions.element)
    this.element = h(
      "div",
      { class: "pl-page pl-grid", tabindex: "-1", "data-testid": "grid" },
      this.status.element,
      this.#rest,
      h("div", { class: "pl-grid-body" }, this.rail.element, sheet),
      this.loupe.element,
      this.dialogs.element,
      this.#toast,
    )
    keepInPlace(this.element, this.#listeners.signal)
  }

  attach(grid) {
    this.#grid = grid
    this.status.error.start(() => grid.api.get("/api/label-error"), this.dialogs)
    fitHeight(this.element)
    this.element.focus({ preventScroll: true })
    this.render()
  }

  stop() {
    this.#listeners.abort()
    this.board.stop()
    this.status.stop()
    clearTimeout(this.#toastTimer)
  }

  /** Put a page on screen; resolves once it is painted, with false where another one came first. */
  show(page, sheet) {
    this.#framed = this.#pointed = null
    this.loupe.hide()
    return this.board.show(sheet, page.ofSeveral ? labelText(page.label) : `Pictures proposed as ${labelText(page.label)}`)
  }

  /** Put the frame on a tile. */
  frame(tile, focus) {
    this.board.frame(this.#framed, tile, focus)
    this.#framed = tile
    if (focus) this.#point(tile)
  }

  /** Show the picture under the pointer (or in the frame) large. */
  magnify() {
    const tile = this.#pointed ?? this.#grid.marking.cursor
    if (tile) this.loupe.show(tile)
  }

  say(text) {
    this.#toast.textContent = text
    clearTimeout(this.#toastTimer)
    this.#toastTimer = setTimeout(() => (this.#toast.textContent = ""), SAY_MS)
  }

  /** Draw the state before the next frame, once however often it is asked for. */
  render() {
    if (this.#scheduled || !this.#grid) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#draw(this.#grid)
    })
  }

  #draw(grid) {
    const { deck } = grid
    this.status.render(grid)
    this.#rest.hidden = !grid.rest.due
    this.rail.render(grid)
    this.bar.render(grid)
    this.actions.render(grid)
    this.board.size = deck.choices.size
    this.element.classList.toggle("pl-turning", !deck.ready && Boolean(deck.page?.tiles.length))
    const notice = noticeOf(grid, this.#commands)
    this.#notice.hidden = !notice
    this.board.element.hidden = Boolean(notice)
    if (notice) this.#notice.replaceChildren(...notice)
  }

  #point(tile) {
    this.#pointed = tile
    if (this.loupe.open) this.loupe.show(tile)
  }
}
