// Beside the picture: the proposals or the classes, the other answers, and what was decided last.

import { h } from "../shared/dom.js"
import { Actions } from "./actions.js"
import { ClassList } from "./class_list.js"
import { Proposals } from "./proposals.js"
import { Recent } from "./recent.js"

export class Panel {
  #hint = h("p", { class: "pl-hint" })
  #proposed = h("h2", { class: "pl-heading" }, "Proposals")
  #listed = h("h2", { class: "pl-heading" }, "Classes")
  #proposals
  #classes
  #actions
  #recent

  /**
   * @param {string} project
   * @param commands the reviewer's commands by name, as keys.js names them
   */
  constructor(project, commands) {
    this.#proposals = new Proposals(commands)
    this.#classes = new ClassList(commands)
    this.#actions = new Actions(commands)
    this.#recent = new Recent(commands)
    const own = `/decisions?project=${encodeURIComponent(project)}`
    this.element = h(
      "aside",
      { class: "pl-panel", "aria-label": "Answers" },
      this.#proposed,
      this.#proposals.element,
      this.#hint,
      this.#listed,
      this.#classes.element,
      this.#actions.element,
      h(
        "div",
        { class: "pl-heading-row" },
        h("h2", { class: "pl-heading" }, "Last decisions"),
        h("a", { class: "pl-quiet-link", href: own, title: "Search and correct them; how often you agree with blind checks" }, "All mine, and agreement"),
      ),
      this.#recent.element,
    )
  }

  render(reviewer) {
    const { item, several, digits } = reviewer
    const answer = reviewer.timeline.shown?.decision ?? null
    const blind = Boolean(item?.blind)
    const listed = blind || digits === "code"
    this.#proposed.hidden = this.#proposals.element.hidden = blind
    this.#listed.hidden = this.#classes.element.hidden = !listed
    this.element.classList.toggle("pl-idle", !item)
    this.#proposals.render(reviewer, item, answer)
    if (listed) this.#classes.render(reviewer, several ? reviewer.chosen : new Set(answer?.labels ?? []))
    const hint = hintFor(reviewer, item)
    if (this.#hint.textContent !== hint) this.#hint.textContent = hint
    this.#actions.render(reviewer, item)
    this.#recent.render(reviewer)
  }
}

function hintFor({ several }, item) {
  if (!item) return ""
  if (item.blind) return several ? "Mark every class that is true, Enter confirms the set." : ""
  if (!item.proposals.length) return "No proposal for this picture: press / and choose a class."
  return several ? "Several can be true: keys mark and unmark, Enter confirms the set." : ""
}
