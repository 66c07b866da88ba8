// The thumbnails of one page as elements: one for each, made once; later only classes and
// attributes change. Built while the page before is looked at, so that it can be shown at once.

import { h } from "../shared/dom.js"
import { isTiny } from "../shared/pictures.js"
import { labelOf, unseenIn } from "./page.js"
import { answerWord } from "./wording.js"

let made = 0

export class Sheet {
  #page
  #thumbs
  #elements = new Map() // tile → element
  #tiles = new WeakMap() // element → tile

  /** @param {import("./page.js").Page} page @param {import("./pack.js").Thumbs} thumbs */
  constructor(page, thumbs) {
    this.#page = page
    this.#thumbs = thumbs
    for (const tile of page.tiles) this.#make(tile)
  }

  get elements() {
    return this.#page.tiles.map((tile) => this.#elements.get(tile))
  }

  element(tile) {
    return this.#elements.get(tile)
  }

  tileOf(element) {
    return this.#tiles.get(element?.closest?.(".pl-tile")) ?? null
  }

  /** Resolves when every thumbnail is decoded or known to be broken. */
  get decoded() {
    return Promise.allSettled(this.elements.map((element) => element.firstChild.decode()))
  }

  /** Make elements for tiles that came after the page was made, each behind its neighbour. */
  insert(tiles, behind) {
    let last = this.#elements.get(behind)
    for (const tile of tiles) {
      last.after(this.#make(tile))
      last = this.#elements.get(tile)
    }
  }

  remove(tiles) {
    for (const tile of tiles) {
      this.#elements.get(tile).remove()
      this.#elements.delete(tile)
    }
  }

  /** Show what stands for some tiles. */
  draw(tiles, threshold) {
    for (const tile of tiles) this.#draw(tile, threshold)
  }

  #make(tile) {
    const image = h("img", { alt: "", draggable: "false", class: isTiny(tile) ? "pl-crisp" : null })
    image.decoding = "sync"
    image.src = this.#thumbs.url(tile.sha)
    const element = h(
      "div",
      {
        class: "pl-tile",
        id: `pl-tile-${++made}`,
        role: "checkbox",
        tabindex: "-1",
        "data-testid": "grid-item",
        "data-sha": tile.sha,
        "data-item": tile.item,
      },
      image,
    )
    this.#elements.set(tile, element)
    this.#tiles.set(element, tile)
    return element
  }

  #draw(tile, threshold) {
    const element = this.#elements.get(tile)
    const { marked, answer } = tile
    const out = !marked && !answer && tile.score < threshold
    const says = saying(tile, out, this.#page.ofSeveral)
    element.classList.toggle("pl-marked", marked)
    element.classList.toggle("pl-answered", Boolean(answer) && !marked)
    element.classList.toggle("pl-out", out)
    element.dataset.says = says
    element.setAttribute("aria-checked", String(marked))
    element.setAttribute("aria-label", `Picture ${nameOf(tile)}, ${says}${stacking(tile)}`)
    if (marked) element.dataset.marked = "true"
    else delete element.dataset.marked
    this.#badge(element, tile)
  }

  #badge(element, tile) {
    const { stack, opened, of } = tile
    element.classList.toggle("pl-of-stack", Boolean(opened || of))
    const size = stack.length || opened?.length
    const text = !size ? null : opened ? "▾ open" : badgeText(tile)
    const badge = element.querySelector(".pl-badge")
    if (badge?.textContent === (text ?? undefined)) return
    badge?.remove()
    if (!text) return
    const title = opened ? "Close this stack" : `Open this ${stackName(tile)}`
    element.append(h("span", { class: "pl-badge", title, "aria-hidden": "true" }, text))
  }
}

/** "×3" of near-duplicates, "≈3" of what looks alike, with a tick once it was looked at. */
function badgeText({ stack, looked }) {
  const alike = stack.some((one) => one.alike)
  return `${alike ? "≈" : "×"}${stack.length + 1}${alike && looked ? " ✓" : ""}`
}

/** What the badge shows, for who hears it: a checkbox can hold nothing that is pressed by itself. */
function stacking(tile) {
  if (tile.opened) return `, first of an open stack of ${tile.opened.length + 1}`
  return tile.stack.length ? `, ${stackName(tile)}` : ""
}

function stackName(tile) {
  const { stack } = tile
  if (!stack.some(({ alike }) => alike)) return `stack of ${stack.length + 1} near-duplicates`
  const unseen = unseenIn(tile)
  return `stack of ${stack.length + 1} that look alike${unseen ? `; ${unseen} wait until it was opened` : ""}`
}

/** The sign and word under a thumbnail. */
function saying(tile, out, ofSeveral) {
  if (tile.marked) return tile.answer ? `✕ ${answerWord(tile.answer)}` : "✕ marked"
  if (tile.answer) return answerWord(tile.answer)
  if (out) return `– ${tile.score.toFixed(2)} out`
  return ofSeveral ? labelOf(tile.labels) : tile.score.toFixed(2)
}

function nameOf({ source, sha }) {
  return source?.split("/").at(-1) ?? sha.slice(0, 8)
}
