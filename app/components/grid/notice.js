// What stands in the place of the thumbnails when there are none.

import { counted, h, keycap } from "../shared/dom.js"
import { isOfSeveral } from "./page.js"
import { labelText } from "./wording.js"

/** The notice of a grid's state as elements, null where there are thumbnails. */
export function noticeOf(grid, commands) {
  const { deck } = grid
  if (deck.refusal) {
    const { message, fix } = deck.refusal
    return [title(message[0].toUpperCase() + message.slice(1)), note(fix), link("/", "Projects")].filter(Boolean)
  }
  if (deck.page?.tiles.length) return null
  if (!deck.page || !deck.ready) {
    if (deck.problem) return [title("The server does not answer"), note("Trying again every few seconds. What you decided is kept on this machine.")]
    return [h("p", { class: "pl-quiet", role: "status" }, "Fetching pictures…")]
  }
  return nothingWaits(grid, commands)
}

function nothingWaits({ deck, project, counts }, commands) {
  if (counts && !counts.items) return [title("This project has no pictures yet"), link("/import", "Import pictures", project)]
  const { aside, elsewhere, label } = deck
  return [
    title(isOfSeveral(label) ? "No more pictures of which the model is sure" : `No more pictures proposed as ${labelText(label)} for you`),
    note(aside ? `${counted(aside, "picture")} that you left out ${aside === 1 ? "waits" : "wait"} for the single view.` : null),
    aside ? h("button", { type: "button", class: "pl-link", onclick: () => commands.afresh() }, "Show them here again") : null,
    elsewhere ? h("button", { type: "button", class: "pl-link", "data-testid": "grid-elsewhere", onclick: () => commands.accept() }, keycap("Enter"), ` Go on with ${labelText(elsewhere)}`) : null,
    elsewhere ? null : note("Pictures without a proposal, blind ones and skipped ones come in the single view."),
  ].filter(Boolean)
}

function title(text) {
  return h("h2", { class: "pl-title" }, text)
}

function note(text) {
  return text ? h("p", { class: "pl-quiet" }, text) : null
}

function link(path, text, project) {
  const query = project ? `?project=${encodeURIComponent(project)}` : ""
  return h("a", { class: "pl-link", href: path + query }, text)
}
