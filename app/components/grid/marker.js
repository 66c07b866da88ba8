// The frame (the picture the keys are about) and the marks of one page.

export class Marker {
  #page
  #anchor = 0
  #stroke = null // tiles that the running Shift-range has marked

  /** The tile with the frame, null while nobody has moved it. */
  cursor = null

  /** @param {import("./page.js").Page} page */
  constructor(page) {
    this.#page = page
  }

  get at() {
    return this.cursor ? this.#page.tiles.indexOf(this.cursor) : -1
  }

  /** Put the frame on a tile, from which the next range begins. */
  stand(tile) {
    this.cursor = tile
    this.#anchor = this.#page.tiles.indexOf(tile)
    this.#stroke = null
  }

  /** Mark or unmark a tile; those that changed. */
  toggle(tile) {
    this.stand(tile)
    return this.#page.mark([tile], !tile.marked)
  }

  /** Mark all from the last tile that was chosen to this one; tiles of an earlier, longer range go free. */
  rangeTo(tile) {
    const here = this.#page.tiles.indexOf(tile)
    const range = this.#page.range(this.#anchor, here)
    const left = (this.#stroke ?? []).filter((one) => !range.includes(one))
    const fresh = range.filter((one) => !one.marked)
    this.#stroke = [...(this.#stroke ?? []).filter((one) => range.includes(one)), ...fresh]
    this.cursor = tile
    return [...this.#page.mark(left, false), ...this.#page.mark(fresh, true)]
  }

  /** Move the frame by a number of tiles, to the edge at most; the tiles whose mark changed. */
  move(by, extend) {
    const { tiles } = this.#page
    const from = this.at
    const to = from < 0 ? 0 : Math.min(Math.max(from + by, 0), tiles.length - 1)
    if (extend) return this.rangeTo(tiles[to])
    this.stand(tiles[to])
    return []
  }

  /** Mark every tile that waits. */
  all() {
    return this.#page.mark(this.#page.tiles.filter(({ answer }) => !answer), true)
  }

  clear() {
    this.#stroke = null
    return this.#page.mark(this.#page.marked, false)
  }
}
