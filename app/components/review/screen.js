// The page of the reviewer: puts the parts together and draws what state it is in.

import { counted, h } from "../shared/dom.js"
import { Dialogs } from "../shared/dialogs.js"
import { Status } from "../shared/status.js"
import { answerText } from "../shared/words.js"
import { KEYS } from "./keys.js"
import { Panel } from "./panel.js"
import { Stage } from "./stage.js"

const SAY_MS = 2500
const ROOM_BELOW = 16 // px
const LOWEST = 480 // px

export class Screen {
  #project
  #stage = new Stage()
  #toast = h("div", { class: "pl-toast", role: "status", "aria-live": "polite" })
  #toastTimer
  #scheduled = false
  #reviewer = null
  #listeners = new AbortController()

  constructor(project, commands) {
    this.#project = project
    this.status = new Status(project, commands)
    this.panel = new Panel(commands)
    this.dialogs = new Dialogs(() => this.element.focus({ preventScroll: true }), KEYS)
    this.element = h(
      "div",
      { class: "pl-page pl-review", tabindex: "-1", "data-testid": "review" },
      this.status.element,
      h("div", { class: "pl-body" }, this.#stage.element, this.panel.element),
      this.dialogs.element,
      this.#toast,
    )
    // The mouse leaves the focus on the page, so that Enter keeps its meaning after a click.
    this.element.addEventListener("mousedown", (event) => this.#keepFocus(event))
    addEventListener("resize", () => this.#fitHeight(), { signal: this.#listeners.signal })
  }

  attach(reviewer) {
    this.#reviewer = reviewer
    this.#fitHeight()
    this.element.focus({ preventScroll: true })
    this.render()
  }

  stop() {
    this.#listeners.abort()
    this.#stage.stop()
    this.status.stop()
  }

  show(item, image) {
    return this.#stage.show(item, image)
  }

  say(text) {
    this.#toast.textContent = text
    clearTimeout(this.#toastTimer)
    this.#toastTimer = setTimeout(() => (this.#toast.textContent = ""), SAY_MS)
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
    const { item, broken } = reviewer
    const unknown = !item && reviewer.supply.problem?.kind === "refused"
    this.element.classList.toggle("pl-unknown", unknown)
    this.status.render(reviewer)
    this.panel.render(reviewer)
    this.panel.element.classList.toggle("pl-idle", !item)
    this.#stage.describe(item, bannerFor(reviewer))
    if (!item) this.#stage.clear()
    const { supply, counts, prelabeled } = reviewer
    const away = Boolean(reviewer.outbox.problem ?? supply.problem)
    if (broken) this.#stage.notice(["broken", away], () => this.#brokenPicture(reviewer, away))
    else if (item) this.#stage.unnotice()
    else {
      const state = [supply.problem?.message, supply.answered, supply.exhausted, counts, prelabeled]
      this.#stage.notice(state, () => this.#nothing(reviewer))
    }
  }

  #nothing({ supply, counts, prelabeled }) {
    const link = (path, text) => h("a", { class: "pl-link", href: `${path}?project=${encodeURIComponent(this.#project)}` }, text)
    if (supply.problem && supply.problem.kind === "refused") {
      const { message, fix } = supply.problem
      return [title(message[0].toUpperCase() + message.slice(1)), note(fix), h("a", { class: "pl-link", href: "/" }, "Projects")]
    }
    if (supply.problem) {
      return [title("The server does not answer"), note("Trying again every few seconds. What you decided is kept on this machine.")]
    }
    if (!supply.answered || !supply.exhausted) return [h("p", { class: "pl-quiet", role: "status" }, "Fetching pictures…")]
    if (!counts.items) return [title("This project has no pictures yet"), link("/import", "Import pictures")]
    if (!prelabeled) {
      return [
        title("No proposals yet"),
        note(`${counted(counts.items, "picture")} wait for the model. Pre-label them, then review its proposals here.`),
        link("/prelabel", "Pre-label"),
      ]
    }
    return [
      title(counts.remaining ? "Nothing left for you right now" : "Every picture is verified"),
      note(counts.remaining ? `${counted(counts.remaining, "picture")} remain: with others, or not ranked yet.` : "Export the verified labels, or look back with the arrow keys."),
      link("/export", "Export"),
    ]
  }

  #brokenPicture(reviewer, away) {
    return [
      title(away ? "The next picture has not arrived" : "This picture can't be shown"),
      note(
        away
          ? "The server does not answer. Trying again every two seconds; your decisions are kept on this machine."
          : "It did not arrive whole, or this browser can't decode it. Trying again every two seconds.",
      ),
      h("button", { type: "button", class: "pl-link", onclick: () => reviewer.show() }, "Try again"),
      h("button", { type: "button", class: "pl-link", onclick: () => reviewer.skip() }, "Skip it"),
    ]
  }

  #keepFocus(event) {
    if (event.target.closest("input, a, .pl-dialog")) return
    event.preventDefault()
    this.element.focus({ preventScroll: true })
  }

  #fitHeight() {
    const top = this.element.getBoundingClientRect().top + document.documentElement.scrollTop
    const room = innerHeight - Math.max(top, 0) - ROOM_BELOW
    this.element.style.setProperty("--pl-height", `${Math.max(LOWEST, room)}px`)
  }
}

function title(text) {
  return h("h2", { class: "pl-title" }, text)
}

function note(text) {
  return text ? h("p", { class: "pl-quiet" }, text) : null
}

function bannerFor({ timeline, outbox }) {
  const entry = timeline.shown
  if (!entry) return null
  const state = { saved: "saved", saving: "saving", kept: "kept on this machine", refused: "refused" }[outbox.stateOf(entry.decision.id)]
  return `Looking back ${timeline.back}: ${answerText(entry.decision)} (${state}). Choose again to change it, Esc returns.`
}
