// Marks, the frame, the threshold and stacks of the page on screen: what is changed, and drawn.

import { Marker } from "./marker.js"
import { keepMarks, keptMarks } from "./marks.js"
import { countOf, expectedError } from "./page.js"

export class Marking {
  #project
  #deck
  #screen
  #marker = null

  /** Scores below it are left out. */
  threshold = 0

  /**
   * @param {string} project
   * @param {import("./deck.js").Deck} deck
   * @param {{ frame(tile, focus: boolean): void, render(): void, say(text: string): void }} screen
   */
  constructor(project, deck, screen) {
    this.#project = project
    this.#deck = deck
    this.#screen = screen
  }

  /** Begin a page: nothing is marked but what was marked before a reload. */
  begin(page) {
    this.#marker = new Marker(page)
    const kept = keptMarks(this.#project)
    page.mark(page.tiles.filter(({ item }) => kept.has(item)), true)
  }

  get cursor() {
    return this.#marker?.cursor ?? null
  }

  /** How many pictures are marked, members of closed stacks included. */
  get count() {
    return countOf(this.#page?.marked ?? []).pictures
  }

  /** The tiles that a confirmation takes. */
  get rest() {
    return this.#page?.rest(this.threshold) ?? []
  }

  /** The expected share of wrong ones among them, null of none. */
  get error() {
    return expectedError(this.rest)
  }

  /** What could be done with the stack under the frame, null where there is none. */
  get stackAt() {
    const { cursor } = this
    if (cursor?.stack.length) return `Open the stack of ${cursor.stack.length + 1}`
    return cursor?.opened || cursor?.of ? "Close the stack" : null
  }

  /** Leave out what has a lower score. */
  limitTo(threshold) {
    this.threshold = threshold
    this.draw(this.#page?.tiles ?? [])
  }

  toggle(tile = this.cursor) {
    if (tile) this.#change(() => this.#marker.toggle(tile))
  }

  /** Mark all from the tile chosen last to this one. */
  to(tile) {
    this.#change(() => this.#marker.rangeTo(tile))
  }

  many(tiles, unmark) {
    this.#change(() => this.#page.mark(tiles, !unmark))
  }

  all() {
    this.#change(() => this.#marker.all())
  }

  clear() {
    this.#change(() => this.#marker.clear())
  }

  /** Move the frame by some tiles; `extend` marks on the way. */
  move(by, extend) {
    if (this.#page?.tiles.length) this.#change(() => this.#marker.move(by, extend), true)
  }

  /** Open the stack of a tile, or close it. */
  stack(tile = this.cursor) {
    if (!this.#deck.ready) return
    const first = tile?.of ?? tile
    if (first?.stack.length) this.#deck.sheet.insert(this.#page.open(first), first)
    else if (first?.opened) this.#deck.sheet.remove(this.#page.close(first))
    else return this.#screen.say("No stack here: put the frame on a picture with × or ≈")
    this.#change(() => (this.#marker.stand(first), []))
    this.draw(this.#page.tiles.filter((one) => one === first || one.of === first))
  }

  /** Unmark what was decided. */
  done(tiles) {
    this.#page.mark(tiles, false)
    this.#keep()
  }

  draw(tiles) {
    this.#deck.sheet?.draw(tiles, this.threshold)
    this.#screen.render()
  }

  get #page() {
    return this.#deck.page
  }

  #change(change, focus = false) {
    if (!this.#deck.ready) return
    const before = this.cursor
    const changed = change()
    if (this.cursor && this.cursor !== before) this.#screen.frame(this.cursor, focus)
    this.draw(changed)
    if (changed.length) this.#keep()
  }

  #keep() {
    keepMarks(this.#project, this.#page.marked)
  }
}
