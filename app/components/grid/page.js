// One page of the grid: its tiles and what stands for each. Knows nothing of the screen.
//
// A tile is an item, or a stack that stands for its members until it is opened: near-duplicates,
// and what merely looks alike, for which it stands only once somebody has opened it (`looked`).
// `answer` is what was decided for it, null while it waits.

import { isProposed } from "../shared/proposed.js"

export const NONE = "none_of_these"
/** What a page is called that has the surest pictures of each class, and one with sure ones at random. */
export const SUREST = "surest_of_each"
export const AT_RANDOM = "sure_at_random"

export class Page {
  tiles

  /**
   * @param {string} label what is proposed for all of them: a class, several with | between them,
   *   or none_of_these; surest_of_each, sure_at_random: each has its own
   * @param {object[]} items as GET /api/grid answers them
   * @param {number} revision the class set they were proposed under
   */
  constructor(label, items, revision) {
    this.label = label
    this.tiles = items.map((item) => tileOf({ ...item, revision }))
  }

  /** Whether each picture is asked about its own class. */
  get ofSeveral() {
    return isOfSeveral(this.label)
  }

  get marked() {
    return this.tiles.filter(({ marked }) => marked)
  }

  /** Whether a tile is among those that are confirmed: unmarked, waiting, not below the threshold. */
  isIn(tile, threshold) {
    return !tile.marked && !tile.answer && tile.score >= threshold
  }

  rest(threshold) {
    return this.tiles.filter((tile) => this.isIn(tile, threshold))
  }

  /** Ids of every item on the page, members of closed stacks included. */
  get items() {
    return this.tiles.flatMap(picturesOf).map(({ item }) => item)
  }

  /** Mark or unmark tiles; those that changed. */
  mark(tiles, marked) {
    const changed = tiles.filter((tile) => tile.marked !== marked)
    for (const tile of changed) tile.marked = marked
    return changed
  }

  /** The tiles from one place to another, both included, in either direction. */
  range(from, to) {
    return this.tiles.slice(Math.min(from, to), Math.max(from, to) + 1)
  }

  /** Show every member of a stack as a tile of its own, behind the first one; the new tiles. */
  open(tile) {
    const members = tile.stack.map((member) =>
      tileOf({ ...member, of: tile, revision: tile.revision, marked: tile.marked, answer: answerTo(tile, member) }),
    )
    this.tiles.splice(this.tiles.indexOf(tile) + 1, 0, ...members)
    tile.opened = tile.stack
    tile.stack = []
    tile.looked = true
    return members
  }

  /** Lay a stack together again, unless a member was answered alone; the tiles taken away. */
  close(tile) {
    const members = this.tiles.filter(({ of }) => of === tile)
    if (members.some(({ answer }) => answer !== tile.answer)) return []
    this.tiles = this.tiles.filter(({ of }) => of !== tile)
    tile.stack = tile.opened
    tile.opened = null
    return members
  }
}

/** The pictures of a tile: its own and the members of its closed stack. */
export function picturesOf(tile) {
  return [tile, ...tile.stack]
}

/** The pictures a tile stands for: what looks alike is among them once the stack was opened. */
export function decidedBy(tile) {
  return [tile, ...tile.stack.filter(({ alike }) => tile.looked || !alike)]
}

/** The pictures of a tile that nothing was decided for. */
export function waitingIn(tile) {
  return picturesOf(tile).filter(({ item }) => !tile.answer?.ids.has(item))
}

/** How many members of a closed stack look alike and were never looked at. */
export function unseenIn(tile) {
  return picturesOf(tile).length - decidedBy(tile).length
}

/** How many pictures some tiles stand for, and how many of them only through their stack. */
export function countOf(tiles) {
  const pictures = tiles.reduce((sum, tile) => sum + decidedBy(tile).length, 0)
  return { pictures, grouped: pictures - tiles.length }
}

/** Mean of 1 − score over all pictures of some tiles, null of none. */
export function expectedError(tiles) {
  const scores = tiles.flatMap(decidedBy).map(({ score }) => score)
  return scores.length ? scores.reduce((sum, score) => sum + 1 - score, 0) / scores.length : null
}

/** An item of the history as GET /api/grid would answer it. */
export function itemOf(done, several) {
  const proposals = done.proposals ?? []
  const likely = (one) => (isProposed(one) ? one.score : 1 - one.score)
  const labels = several
    ? proposals.filter(isProposed).map(({ label }) => label)
    : [done.proposal].filter(Boolean)
  const score = several
    ? proposals.reduce((product, one) => product * likely(one), 1)
    : (labels.length ? proposals.find(({ label }) => label === labels[0])?.score : done.none_score)
  return { ...done, labels, score: done.score ?? score ?? 0 }
}

/** Whether a page asks about each picture's own class. */
export function isOfSeveral(label) {
  return label === SUREST || label === AT_RANDOM
}

/** What a page of some items is called: that which they were decided on, else their common question. */
export function questionOf(items) {
  const pages = new Set(items.map(({ page }) => page ?? null))
  if (pages.size === 1 && !pages.has(null)) return [...pages][0]
  const labels = new Set(items.map((item) => labelOf(item.labels)))
  return labels.size > 1 ? SUREST : [...labels][0]
}

/** How a set of classes is called. */
export function labelOf(labels) {
  return labels.join("|") || NONE
}

/** What was decided for a member of a stack together with its first, null where nothing was. */
function answerTo({ answer }, { item }) {
  return answer?.ids.has(item) ? answer : null
}

function tileOf(item) {
  return { marked: false, answer: null, of: null, opened: null, looked: false, ...item, stack: item.stack ?? [] }
}
