// The proposals for the picture on screen, best first, each with its score and the key that takes it.

import { codeText } from "../shared/codes.js"
import { h, keycap, redraw } from "../shared/dom.js"
import { keyText } from "../shared/keystroke.js"
import { RANKS } from "./keys.js"

export class Proposals {
  #commands
  element = h("div", { class: "pl-proposals", role: "group", "aria-label": "Proposals" })

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#commands = commands
  }

  render(reviewer, item, answer) {
    const { several, chosen, classes, keymap, digits } = reviewer
    const known = new Map(classes.map((one) => [one.name, one]))
    const marked = several ? chosen : new Set(answer?.labels ?? [])
    const proposals = item?.proposals.slice(0, RANKS) ?? []
    const rows = proposals.map((proposal, rank) => ({
      ...proposal,
      rank,
      display: known.get(proposal.label)?.display,
      ...keysFor(proposal.label, rank, known.get(proposal.label)?.code, keymap, digits),
      top: several ? marked.has(proposal.label) : proposal.label === item.proposal,
      marked: marked.has(proposal.label),
      several,
    }))
    const others = [...marked].filter((label) => !proposals.some((proposal) => proposal.label === label))
    const none = noneOf(reviewer, item, answer)
    redraw(this.element, { item: item?.item, rows, others, none }, () => [
      none?.top ? this.#none(none) : null,
      rows.map((row) => this.#row(row)),
      none && !none.top ? this.#none(none) : null,
      others.map((label) => this.#extra(label, several)),
    ].flat())
  }

  #none({ score, top, marked, cap }) {
    return h(
      "button",
      {
        type: "button",
        class: top ? "pl-proposal pl-top" : "pl-proposal",
        "data-testid": "none-proposal",
        "data-marked": marked,
        onclick: () => this.#commands.none(),
      },
      keycap(cap),
      h("span", { class: "pl-name" }, "None of these"),
      marked ? h("span", { class: "pl-chosen" }, "✓ your answer") : null,
      scored(score, cap),
      scoreBar(score),
    )
  }

  #row({ label, score, rank, top, display, marked, several, cap, code }) {
    return h(
      "button",
      {
        type: "button",
        class: top ? "pl-proposal pl-top" : "pl-proposal",
        "aria-pressed": several ? String(marked) : null,
        "data-testid": "proposal",
        "data-label": label,
        "data-marked": marked,
        onclick: () => this.#commands.rank(rank),
      },
      keycap(cap),
      h("span", { class: "pl-name" }, label, display && display !== label ? h("small", {}, display) : null),
      marked ? h("span", { class: "pl-chosen" }, several ? "✓ marked" : "✓ your answer") : null,
      code ? h("span", { class: "pl-code", title: "Code of this class" }, `code ${code}`) : null,
      scored(score, cap),
      scoreBar(score),
    )
  }

  #extra(label, several) {
    return h(
      "button",
      { type: "button", class: "pl-proposal", "data-marked": true, onclick: () => this.#commands.label(label) },
      keycap("/"),
      h("span", { class: "pl-name" }, label),
      h("span", { class: "pl-chosen" }, several ? "✓ marked" : "✓ your answer"),
    )
  }
}

/** What stands on the keycap of a proposal, and its code where the cap does not show it. */
function keysFor(label, rank, code, keymap, digits) {
  const own = keymap.keyOfClass(label)
  if (digits === "code") return { cap: own ? keyText(own) : code ? codeText(code) : "", code: own && code ? codeText(code) : null }
  return { cap: keymap.digitsWork ? String(rank + 1) : "", code: own ? keyText(own) : code ? codeText(code) : null }
}

/** What the model says of none of these, null where that is no outcome. */
function noneOf({ several, keymap }, item, answer) {
  if (!item || item.blind || several || !(item.none_score || item.none_proposed)) return null
  const marked = answer?.kind === "none_of_these"
  return { score: item.none_score, top: item.none_proposed, marked, cap: keymap.cap("none") }
}

/** The score, and for who hears the page what the number is and which key takes it. */
function scored(score, cap) {
  const told = score === null ? "–" : score.toFixed(2)
  return h("span", { class: "pl-score" }, unseen("score "), told, cap ? unseen(`, key ${cap}`) : null)
}

function unseen(text) {
  return h("span", { class: "pl-unseen" }, text)
}

function scoreBar(score) {
  const bar = h("span", { class: "pl-bar", "aria-hidden": "true" })
  bar.style.setProperty("--pl-score", Math.max(0, Math.min(1, score)))
  return bar
}
