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
    const address = new URLSearchParams(view === "single" ? { project } : { project, view })
    const follow = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      if (view !== current) change()
    }
    return h("a", { class: "pl-tab", href: `/review?${address}`, "data-testid": `view-${view}`, "aria-current": view === current ? "page" : null, onclick: follow }, text)
  }
  return h("nav", { class: "pl-tabs", "aria-label": "View" }, Object.entries(VIEWS).map(tab))
}
