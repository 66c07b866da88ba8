// What was decided last. A row is made once; only what has changed in it is drawn again.

import { h, thumbnail } from "../shared/dom.js"
import { isTiny } from "../shared/pictures.js"
import { answerText } from "../shared/words.js"

const RECENT = 8
const STATES = { saved: "✓ saved", saving: "… saving", kept: "! kept here", refused: "✗ refused" }

export class Recent {
  #commands
  #rows = new Map() // decision id → { element, state }
  #nothing = h("li", { class: "pl-quiet" }, "Nothing decided yet")
  element = h("ol", { class: "pl-recent" }, this.#nothing)

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#commands = commands
  }

  render({ timeline, outbox }) {
    const entries = timeline.recent(RECENT)
    const before = this.#rows
    this.#rows = new Map(entries.map((entry) => [entry.decision.id, before.get(entry.decision.id) ?? this.#row(entry)]))
    const same = entries.length === before.size && [...before.keys()].every((id, at) => entries[at].decision.id === id)
    if (!same) this.element.replaceChildren(...(entries.length ? [...this.#rows.values()].map(({ element }) => element) : [this.#nothing]))
    for (const [id, row] of this.#rows) update(row, outbox.stateOf(id), timeline.shown?.decision.id === id)
  }

  #row({ item, decision }) {
    const state = h("span", { class: "pl-state", "data-testid": "decision-state" })
    const button = h(
      "button",
      { type: "button", class: "pl-past", title: "Look at it again", onclick: () => this.#commands.lookAt(decision.id) },
      thumbnail(item.sha, isTiny(item)),
      h("span", { class: "pl-name" }, answerText(decision)),
      state,
    )
    return { element: h("li", {}, button), button, state }
  }
}

function update({ button, state }, saved, shown) {
  if (state.textContent !== STATES[saved]) {
    state.textContent = STATES[saved]
    state.className = `pl-state pl-${saved}`
  }
  if (shown) button.setAttribute("aria-current", "true")
  else button.removeAttribute("aria-current")
}
