// What stands in the place of the picture, and the lines above it.

import { counted, h } from "../shared/dom.js"
import { AT_RANDOM, SUREST } from "../grid/page.js"
import { gridLink } from "../shared/views.js"
import { answerText } from "../shared/words.js"

const READERS = new Set(["reviewer", "lead", "admin"]) // who may open the page of an item
const LEADS = new Set(["lead", "admin"])
const DOUBTED = ["flagged", "asked", "disputed"]

/** Why there is no picture, and what to do. */
export function nothing(project, { supply, setup }) {
  const { counts, prelabeled, role } = setup
  const lead = LEADS.has(role)
  const link = (path, text) => h("a", { class: "pl-link", href: `${path}?project=${encodeURIComponent(project)}` }, text)
  const { problem } = supply
  if (problem?.kind === "refused" || problem?.kind === "ended") {
    return [title(problem.message[0].toUpperCase() + problem.message.slice(1)), note(problem.fix), h("a", { class: "pl-link", href: "/" }, "Projects")]
  }
  if (problem) {
    return [title("The server does not answer"), note("Trying again every few seconds. What you decided is kept on this machine.")]
  }
  if (!supply.answered || !supply.exhausted) return [h("p", { class: "pl-quiet", role: "status" }, "Fetching pictures…")]
  if (!counts.items) return [title("This project has no pictures yet"), lead ? link("/import", "Import pictures") : note("A lead imports them.")]
  if (!prelabeled) {
    return [
      title("No proposals yet"),
      note(`${counted(counts.items, "picture")} wait for the model. ${lead ? "Pre-label them, then review its proposals here." : "Its proposals are reviewed here once a lead has pre-labeled them."}`),
      lead ? link("/prelabel", "Pre-label") : null,
    ]
  }
  return [...howFar(counts, READERS.has(role), link), lead ? link("/export", "Export") : link("/decisions", "My decisions")]
}

/** What is left of a project in which nothing waits for the person. */
function howFar({ remaining, by_state: states }, reads, link) {
  const doubted = DOUBTED.reduce((sum, state) => sum + (states[state] ?? 0), 0)
  const back = "Look back at what you decided with the arrow keys."
  if (remaining) return [title("Nothing left for you right now"), note(`${counted(remaining, "picture")} remain: with others, or not ranked yet.`)]
  if (!doubted) return [title("Every picture is verified"), note(back)]
  const waiting = `${counted(doubted, "picture waits", "pictures wait")} for a reviewer: flagged, asked about, or answered differently.`
  return [title("Nothing is left to decide"), note(`${waiting} ${back}`), reads ? link("/second-look", "Second look") : null]
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

/**
 * The lines above the picture: { text, sign, testid?, shown?, link? }; `shown` are pictures.
 * @param {(more: object) => void} openGrid ask for a page of the grid
 */
export function banners({ project, item, timeline, outbox, setup }, openGrid) {
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
  if (!item || entry) return lines
  if (setup.advice && !item.blind) lines.push(gridPays(project, setup.advice, openGrid))
  if (setup.opening && !setup.advice) lines.push(surestFirst(project, setup.opening, openGrid))
  return lines
}

/** That a page of the grid now gives more for each key: of a class, or of sure pictures at random. */
function gridPays(project, { label, pictures, limit, wrong }, open) {
  const errors = wrong < 1 ? "fewer than 1" : `about ${Math.round(wrong)}`
  const what = label === AT_RANDOM ? `${counted(pictures, "sure picture")} at random` : `${counted(pictures, "picture")} proposed as ${label}`
  const text = `Grid pays more now: ${what}; the model expects ${errors} wrong.`
  return { sign: "▦", text, testid: "grid-pays", link: gridLink(project, { label, pictures: limit }, "Open the grid", open) }
}

/** What a glance can judge before anything is learned: the surest pictures of some classes. */
function surestFirst(project, { pictures, limit, shown }, open) {
  const text = `Nearly all right? Begin with one page of the ${counted(pictures, "surest picture")}.`
  const link = gridLink(project, { label: SUREST, pictures: limit }, "Open the grid", open)
  return { sign: "▦", text, testid: "surest-first", shown, link }
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
