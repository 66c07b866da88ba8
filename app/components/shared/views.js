// The two views of review, one click apart; both keep the project.

import { h } from "./dom.js"

const VIEWS = { single: "Single", grid: "Grid" }

/**
 * @param {string} project
 * @param {string} current the view on screen
 * @param {() => void} change ask the page for the other view
 */
export function viewTabs(project, current, change) {
  const tab = ([view, text]) => {
    const follow = inPlace(() => view !== current && change())
    return h("a", { class: "pl-tab", href: addressOf(project, view), "data-testid": `view-${view}`, "aria-current": view === current ? "page" : null, onclick: follow }, text)
  }
  return h("nav", { class: "pl-tabs", "aria-label": "View" }, Object.entries(VIEWS).map(tab))
}

/**
 * A link to a page of the grid that is advised.
 * @param {{ label: string, pictures: number }} advised
 * @param {(more: { advised: object }) => void} open ask the page for it
 */
export function gridLink(project, advised, text, open) {
  return { href: addressOf(project, "grid", { label: advised.label }), text, follow: inPlace(() => open({ advised })) }
}

function addressOf(project, view, more = {}) {
  return `/review?${new URLSearchParams(view === "single" ? { project } : { project, view, ...more })}`
}

/** What a click on a link does without leaving the page, unless it is to open another tab. */
function inPlace(act) {
  return (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    act()
  }
}
