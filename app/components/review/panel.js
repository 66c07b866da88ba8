// Beside the picture: the proposals with their keys, the other answers, and what was decided last.

import { h, keycap, redraw, thumbnail } from "../shared/dom.js"
import { RANKS } from "./keys.js"
import { isTiny } from "../shared/pictures.js"
import { answerText } from "../shared/words.js"

const RECENT = 8
const STATES = { saved: "saved", saving: "saving…", kept: "kept here", refused: "refused" }

export class Panel {
  #commands
  #hint = h("p", { class: "pl-hint" })
  #proposals = h("div", { class: "pl-proposals", role: "group", "aria-label": "Proposals" })
  #others = h("div", { class: "pl-others" })
  #recent = h("ol", { class: "pl-recent" })

  element = h(
    "aside",
    { class: "pl-panel" },
    h("h2", { class: "pl-heading" }, "Proposals"),
    this.#proposals,
    this.#hint,
    this.#others,
    h("h2", { class: "pl-heading" }, "Last decisions"),
    this.#recent,
  )

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    this.#commands = commands
  }

  render(reviewer) {
    const item = reviewer.item
    const answer = reviewer.timeline.shown?.decision ?? null
    this.#renderProposals(reviewer, item, answer)
    this.#renderOthers(reviewer, item)
    this.#renderRecent(reviewer)
  }

  #renderProposals(reviewer, item, answer) {
    const names = new Map(reviewer.classes.map(({ name, display }) => [name, display]))
    const marked = reviewer.several ? reviewer.chosen : new Set(answer?.labels ?? [])
    const proposals = item?.proposals.slice(0, RANKS) ?? []
    const rows = proposals.map((proposal) => ({
      ...proposal,
      top: reviewer.several ? marked.has(proposal.label) : proposal.label === item.proposal,
      display: names.get(proposal.label),
      marked: marked.has(proposal.label),
      several: reviewer.several,
    }))
    const others = [...marked].filter((label) => !proposals.some((proposal) => proposal.label === label))
    const none = noneOf(reviewer, item, answer)
    redraw(this.#proposals, { item: item?.item, rows, others, none }, () => [
      none?.top ? this.#noneRow(none) : null,
      rows.map((row, rank) => this.#row(row, rank)),
      none && !none.top ? this.#noneRow(none) : null,
      others.map((label) => this.#extraRow(label, reviewer.several)),
    ].flat().filter(Boolean))
    this.#hint.textContent = hintFor(reviewer, item)
  }

  #noneRow({ score, top, marked }) {
    return h(
      "button",
      {
        type: "button",
        class: top ? "pl-proposal pl-top" : "pl-proposal",
        "data-testid": "none-proposal",
        "data-marked": marked,
        "aria-label": `none of these, score ${score.toFixed(2)}, key N`,
        onclick: () => this.#commands.none(),
      },
      keycap("N"),
      h("span", { class: "pl-name" }, "None of these"),
      marked ? h("span", { class: "pl-chosen" }, "your answer") : null,
      h("span", { class: "pl-score" }, score.toFixed(2)),
      scoreBar(score),
    )
  }

  #row({ label, score, top, display, marked, several }, rank) {
    return h(
      "button",
      {
        type: "button",
        class: top ? "pl-proposal pl-top" : "pl-proposal",
        "aria-pressed": several ? String(marked) : null,
        "data-testid": "proposal",
        "data-label": label,
        "data-marked": marked,
        "aria-label": `${label}, score ${score.toFixed(2)}, key ${rank + 1}`,
        onclick: () => this.#commands.rank(rank),
      },
      keycap(String(rank + 1)),
      h("span", { class: "pl-name" }, label, display && display !== label ? h("small", {}, display) : null),
      marked ? h("span", { class: "pl-chosen" }, several ? "marked" : "your answer") : null,
      h("span", { class: "pl-score" }, score.toFixed(2)),
      scoreBar(score),
    )
  }

  #extraRow(label, several) {
    return h(
      "button",
      { type: "button", class: "pl-proposal", "data-marked": true, onclick: () => this.#commands.label(label) },
      keycap("/"),
      h("span", { class: "pl-name" }, label),
      h("span", { class: "pl-chosen" }, several ? "marked" : "your answer"),
    )
  }

  #renderOthers(reviewer, item) {
    const accept = acceptText(reviewer, item)
    redraw(this.#others, accept, () => [
      this.#action("accept", "Enter", accept, "pl-action pl-main"),
      this.#action("search", "/", "Another class"),
      this.#action("none", "N", "None of these"),
      this.#action("skip", "S", "Skip"),
      this.#action("undo", "U", "Undo"),
    ])
  }

  #action(name, key, text, look = "pl-action") {
    return h(
      "button",
      { type: "button", class: look, "data-testid": name, onclick: () => this.#commands[name]() },
      keycap(key),
      h("span", { class: "pl-name" }, text),
    )
  }

  #renderRecent(reviewer) {
    const rows = reviewer.timeline.recent(RECENT).map(({ item, decision }) => ({
      id: decision.id,
      answer: answerText(decision),
      state: reviewer.outbox.stateOf(decision.id),
      shown: reviewer.timeline.shown?.decision.id === decision.id,
      sha: item.sha,
      crisp: isTiny(item),
    }))
    const nothing = () => [h("li", { class: "pl-quiet" }, "Nothing decided yet")]
    redraw(this.#recent, rows, () => (rows.length ? rows.map((row) => this.#recentRow(row)) : nothing()))
  }

  #recentRow({ id, answer, state, shown, sha, crisp }) {
    return h(
      "li",
      {},
      h(
        "button",
        {
          type: "button",
          class: "pl-past",
          "aria-current": shown ? "true" : null,
          title: "Look at it again",
          onclick: () => this.#commands.lookAt(id),
        },
        thumbnail(sha, crisp),
        h("span", { class: "pl-name" }, answer),
        h("span", { class: `pl-state pl-${state}`, "data-testid": "decision-state" }, STATES[state]),
      ),
    )
  }
}

/** What the model says of none of these, null where that is no outcome. */
function noneOf(reviewer, item, answer) {
  if (!item || reviewer.several || !(item.none_score || item.none_proposed)) return null
  return { score: item.none_score, top: item.none_proposed, marked: answer?.kind === "none_of_these" }
}

function scoreBar(score) {
  const bar = h("span", { class: "pl-bar", "aria-hidden": "true" })
  bar.style.setProperty("--pl-score", Math.max(0, Math.min(1, score)))
  return bar
}

function acceptText(reviewer, item) {
  if (reviewer.several) return reviewer.chosen.size ? `Confirm ${[...reviewer.chosen].join(", ")}` : "Confirm what is marked"
  if (item?.none_proposed) return "Accept: none of these"
  return item?.proposal ? `Accept ${item.proposal}` : "No proposal to accept"
}

function hintFor(reviewer, item) {
  if (!item) return ""
  if (!item.proposals.length) return "No proposal for this picture: press / and choose a class."
  return reviewer.several ? "Several can be true: 1 to 5 mark and unmark, Enter confirms the set." : ""
}
