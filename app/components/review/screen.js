// The page of the reviewer: puts the parts together and draws what state it is in.

import { codeText } from "../shared/codes.js"
import { Dialogs } from "../shared/dialogs.js"
import { fill, h, keycap } from "../shared/dom.js"
import { fitHeight, keepInPlace } from "../shared/place.js"
import { restNotice } from "../shared/rest.js"
import { Status } from "../shared/status.js"
import { viewTabs } from "../shared/views.js"
import { banners, brokenPicture, nothing } from "./notices.js"
import { Panel } from "./panel.js"
import { Stage } from "./stage.js"

const SAY_MS = 2500
const READ_MS = 70 // a letter
const CANDIDATES = 12

export class Screen {
  #project
  #otherView
  #toast = h("div", { class: "pl-toast", role: "status", "aria-live": "polite" })
  #pending = h("div", { class: "pl-stroke", role: "status", "data-testid": "pending-code", hidden: true })
  #rest
  #keys = null
  #toastTimer
  #scheduled = false
  #reviewer = null
  #listeners = new AbortController()
  #flows = matchMedia("(max-width: 900px)")

  /**
   * @param {string} project
   * @param commands what the page can do, by name
   * @param {(more?: object) => void} otherView ask for the grid, see `build` of main.js
   */
  constructor(project, commands, otherView) {
    this.#project = project
    this.#otherView = otherView
    this.stage = new Stage(commands)
    this.status = new Status(project, commands)
    this.status.element.insertBefore(viewTabs(project, "single", () => otherView()), this.status.element.children[1])
    this.panel = new Panel(project, commands)
    this.stage.element.append(this.#pending)
    this.#rest = restNotice(() => commands.rested())
    this.dialogs = new Dialogs(() => this.element.focus({ preventScroll: true }))
    this.element = h(
      "div",
      { class: "pl-page pl-review", tabindex: "-1", "data-testid": "review" },
      this.status.element,
      this.#rest,
      h("div", { class: "pl-body" }, this.stage.element, this.panel.element),
      this.dialogs.element,
      this.#toast,
    )
    keepInPlace(this.element, this.#listeners.signal)
  }

  attach(reviewer) {
    this.#reviewer = reviewer
    this.status.error.start(() => reviewer.fetch("/api/label-error"), this.dialogs)
    fitHeight(this.element)
    this.element.focus({ preventScroll: true })
    this.render()
  }

  stop() {
    this.#listeners.abort()
    this.stage.stop()
    this.status.stop()
  }

  show(item, image) {
    // On a small screen the page may be scrolled down to the buttons: the next picture is what counts.
    if (this.#flows.matches) this.stage.element.scrollIntoView({ block: "nearest" })
    return this.stage.show(item, image)
  }

  /** Say something for a moment, longer where there is more to read. */
  say(text) {
    this.#toast.textContent = text
    clearTimeout(this.#toastTimer)
    this.#toastTimer = setTimeout(() => (this.#toast.textContent = ""), Math.max(SAY_MS, text.length * READ_MS))
  }

  /** Show the first stroke of a code and what it may become; "" for none. */
  showPending(code, classes) {
    this.#pending.hidden = !code
    if (!code) return
    this.#toast.textContent = "" // it would lie on what the stroke may become
    const may = classes.filter((one) => one.code?.startsWith(code))
    fill(
      this.#pending,
      h("strong", {}, keycap(codeText(code), true), " …"),
      may.slice(0, CANDIDATES).map((one) => h("span", {}, keycap(codeText(one.code.slice(code.length)), true), " ", one.name)),
      may.length > CANDIDATES ? h("span", { class: "pl-quiet" }, `and ${may.length - CANDIDATES} more`) : null,
      h("span", { class: "pl-quiet" }, "Esc forgets it"),
    )
  }

  /** Draw the state before the next frame, once however often it is asked for. */
  render() {
    if (this.#scheduled || !this.#reviewer) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#draw(this.#reviewer)
    })
  }

  #draw(reviewer) {
    const { item, keymap } = reviewer
    if (this.#keys !== keymap.own) {
      this.#keys = keymap.own
      this.stage.useKeys(keymap)
    }
    this.element.classList.toggle("pl-unknown", !item && reviewer.supply.problem?.kind === "refused")
    this.status.render(reviewer)
    this.panel.render(reviewer)
    this.#rest.hidden = !reviewer.rest.due
    this.stage.describe(item, banners(reviewer, this.#otherView))
    if (!item) this.stage.clear()
    this.#drawNotice(reviewer, item)
  }

  #drawNotice(reviewer, item) {
    const { supply, viewer } = reviewer
    const { counts, prelabeled } = reviewer.setup
    const away = Boolean(reviewer.outbox.problem ?? supply.problem)
    if (viewer.broken) this.stage.notice(["broken", away], () => brokenPicture(reviewer, away))
    else if (item) this.stage.unnotice()
    else {
      const state = [supply.problem?.message, supply.answered, supply.exhausted, counts, prelabeled]
      this.stage.notice(state, () => nothing(this.#project, reviewer))
    }
  }
}
