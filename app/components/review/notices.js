// What stands in the place of the picture, and the lines above it.

import { counted, h } from "../shared/dom.js"
import { answerText } from "../shared/words.js"

const READERS = new Set(["reviewer", "lead", "admin"]) // who may open the page of an item

/** Why there is no picture, and what to do. */
export function nothing(project, { supply, setup }) {
  const { counts, prelabeled } = setup
  const link = (path, text) => h("a", { class: "pl-link", href: `${path}?project=${encodeURIComponent(project)}` }, text)
  const { problem } = supply
  if (problem?.kind === "refused" || problem?.kind === "ended") {
    return [title(problem.message[0].toUpperCase() + problem.message.slice(1)), note(problem.fix), h("a", { class: "pl-link", href: "/" }, "Projects")]
  }
  if (problem) {
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

/** The picture did not arrive. */
export function brokenPicture(reviewer, away) {
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

/** The lines above the picture: { text, sign, testid?, link? }. */
export function banners({ project, item, timeline, outbox, setup }) {
  const lines = []
  const link = READERS.has(setup.role) ? item && thread(project, item) : null
  const entry = timeline.shown
  if (entry) {
    const state = { saved: "saved", saving: "saving", kept: "kept on this machine", refused: "refused" }[outbox.stateOf(entry.decision.id)]
    const past = `Looking back ${timeline.back}: ${answerText(entry.decision)} (${state}). Choose again to change it, Esc returns.`
    lines.push({ sign: "↶", text: past, testid: "looking-back" })
  }
  if (item?.blind) lines.push({ sign: "⊘", text: "Blind: the proposal is hidden. Choose what you see.", testid: "blind" })
  if (item?.note) lines.push({ sign: "↩", text: `Sent back: ${item.note}`, testid: "sent-back", link })
  else if (item?.comments) lines.push({ sign: "✎", text: counted(item.comments, "comment"), testid: "comments", link })
  return lines
}

function thread(project, { item, comments }) {
  const query = new URLSearchParams({ project, item })
  return { href: `/item?${query}`, text: comments > 1 ? `All ${comments} comments` : "The whole story" }
}

function title(text) {
  return h("h2", { class: "pl-title" }, text)
}

function note(text) {
  return text ? h("p", { class: "pl-quiet" }, text) : null
}
