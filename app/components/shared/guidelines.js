// The guidelines of the project: what the lead says about each class, one key away.

import { h, redraw, thumbnail } from "./dom.js"

export class Guidelines {
  #fetch
  #revision = null
  #answer = null

  /** @param {() => Promise<object>} fetch GET /api/guidelines of the project */
  constructor(fetch) {
    this.#fetch = fetch
  }

  /**
   * @param {import("./dialogs.js").Dialogs} dialogs
   * @param {number | undefined} revision the one in force, as the queue tells it
   * @param {string | null} label the class to begin with, null for the first one
   */
  async open(dialogs, revision, label) {
    const body = h("div", { class: "pl-guidelines", "data-testid": "guideline-text" }, h("p", { class: "pl-quiet", role: "status" }, "Fetching the guidelines…"))
    const box = dialogs.show("Guidelines", body)
    box.classList.add("pl-wide")
    try {
      if (!this.#answer || revision === undefined || this.#revision !== revision) {
        this.#answer = await this.#fetch()
        this.#revision = revision
      }
    } catch (error) {
      return body.replaceChildren(h("p", {}, `The guidelines did not arrive: ${error.message}`))
    }
    body.replaceChildren(...draw(this.#answer, label))
  }
}

function draw({ revision, classes }, label) {
  if (!classes.some(isWritten)) return [h("p", { class: "pl-quiet" }, "The lead has written no guidelines for this project yet.")]
  const text = h("div", { class: "pl-guideline", tabindex: "0", "aria-live": "polite" })
  const buttons = classes.map((one) =>
    h(
      "button",
      { type: "button", class: "pl-class", onclick: () => show(one) },
      h("span", { class: "pl-name" }, one.name),
      isWritten(one) ? null : h("span", { class: "pl-quiet" }, "–"),
    ),
  )
  const show = (one) => {
    classes.forEach((other, at) => buttons[at].setAttribute("aria-current", String(other === one)))
    redraw(text, one, () => guideline(one))
  }
  show(classes.find(({ name }) => name === label) ?? classes.find(isWritten))
  return [h("nav", { class: "pl-guideline-classes", "aria-label": "Classes" }, buttons), text, h("p", { class: "pl-quiet pl-revision" }, `Version ${revision}`)]
}

function guideline({ name, instructions, do: does = [], dont = [], examples = [] }) {
  return [
    h("h3", { class: "pl-title" }, name),
    instructions ? h("p", { class: "pl-written" }, instructions) : h("p", { class: "pl-quiet" }, "Nothing is said about this class."),
    list("✓ Do", does),
    list("✗ Don't", dont),
    examples.length ? h("div", { class: "pl-shown" }, examples.map(example)) : null,
  ]
}

function list(title, lines) {
  return lines.length ? h("div", {}, h("h4", { class: "pl-heading" }, title), h("ul", {}, lines.map((line) => h("li", {}, line)))) : null
}

function example({ sha, good, note }) {
  const sign = good ? "✓ this class" : "✗ not this class"
  return h("figure", {}, thumbnail(sha), h("figcaption", {}, sign, note ? h("small", {}, note) : null))
}

function isWritten({ instructions, do: does = [], dont = [], examples = [] }) {
  return Boolean(instructions || does.length || dont.length || examples.length)
}
