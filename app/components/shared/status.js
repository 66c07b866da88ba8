// The line on top: the project, how far it is, and whether everything is saved.

import { counted, h, keycap, redraw } from "./dom.js"
import { LabelError } from "./label_error.js"

export class Status {
  #commands
  #progress = h("span", { class: "pl-count", "data-testid": "progress" })
  #bar = h("progress", { class: "pl-progress", "aria-label": "Verified" })
  #said = h("span", { class: "pl-said" })
  #remedy = h("span", {})
  #outbox = h(
    "span",
    { class: "pl-outbox", "data-testid": "outbox", "data-pending": "0", role: "status" },
    h("span", { class: "pl-dot", "aria-hidden": "true" }),
    this.#said,
    this.#remedy,
  )
  #refused = h("span", {})
  #clock = null

  error = new LabelError()

  constructor(project, commands) {
    this.#commands = commands
    this.element = h(
      "header",
      { class: "pl-status" },
      h("strong", { class: "pl-project" }, project),
      this.#progress,
      this.#bar,
      this.error.element,
      h("span", { class: "pl-spring" }),
      this.#refused,
      this.#outbox,
      h(
        "button",
        { type: "button", class: "pl-small", "data-testid": "help", "aria-label": "Keys", onclick: () => commands.help() },
        keycap("?"),
        h("span", { class: "pl-wide" }, "Keys"),
      ),
    )
  }

  stop() {
    clearInterval(this.#clock)
    this.error.stop()
  }

  render(reviewer) {
    this.#renderProgress(reviewer.counts)
    this.#renderOutbox(reviewer)
    const refused = reviewer.outbox.refused.length
    const look = { type: "button", class: "pl-small pl-alarm", "data-testid": "refused" }
    redraw(this.#refused, refused, () => [
      refused
        ? h("button", { ...look, onclick: () => this.#commands.refused() }, `${counted(refused, "decision")} refused`)
        : null,
    ])
  }

  #renderProgress(counts) {
    if (!counts) return
    this.#progress.textContent = `${counts.verified.toLocaleString("en")} of ${counted(counts.items, "picture")} verified`
    this.#bar.max = Math.max(counts.items, 1)
    this.#bar.value = counts.verified
  }

  #renderOutbox(reviewer) {
    const { outbox, supply } = reviewer
    const problem = outbox.problem ?? (supply.problem?.kind === "refused" ? null : supply.problem) // a refusal is an answer
    clearInterval(this.#clock)
    if (outbox.retryAt !== null) this.#clock = setInterval(() => this.#say(reviewer, problem), 1000)
    this.#outbox.dataset.pending = String(outbox.pending)
    this.#outbox.dataset.state = problem ? "problem" : outbox.pending ? "saving" : "saved"
    this.#say(reviewer, problem)
  }

  #say({ outbox }, problem) {
    this.#said.textContent = words(outbox, problem)
    const ended = problem?.kind === "ended"
    redraw(this.#remedy, [ended, outbox.retryAt !== null], () => [remedy(outbox, ended)])
  }
}

function words(outbox, problem) {
  const { pending } = outbox
  if (!outbox.durable && pending) return `${pending} unsaved: this browser keeps nothing, leave the page open`
  const kept = pending ? `${pending.toLocaleString("en")} kept on this machine` : null
  if (problem?.kind === "ended") return [problem.message, kept].filter(Boolean).join(", ")
  if (outbox.retryAt !== null) {
    const seconds = Math.max(1, Math.ceil((outbox.retryAt - Date.now()) / 1000))
    return `${kept}, next try in ${seconds} s`
  }
  if (problem) return kept ?? "No answer from the server"
  return pending ? `Saving ${pending}…` : "All saved"
}

function remedy(outbox, ended) {
  if (ended) {
    return h("button", { type: "button", class: "pl-small", onclick: () => location.reload() }, "Reload")
  }
  if (outbox.retryAt === null) return null
  return h("button", { type: "button", class: "pl-small", onclick: () => outbox.retryNow() }, "Try now")
}
