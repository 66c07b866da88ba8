// Brings the picture of an item on screen and knows what is painted, and for how long.

import { Pictures } from "../shared/pictures.js"
import { Stopwatch } from "../shared/stopwatch.js"

const RELOAD_MS = 2_000

export class Viewer {
  #screen
  #onPainted
  #stopwatch = new Stopwatch()
  #asked = 0

  pictures = new Pictures()
  /** The item whose picture is painted, null until it is; decisions are taken for this one only. */
  painted = null
  /** The item whose picture could not be loaded, null while all is well. */
  broken = null

  /**
   * @param {{ show(item, image): Promise<void>, render(): void }} screen
   * @param {() => void} onPainted whenever a picture has come on screen
   */
  constructor(screen, onPainted) {
    this.#screen = screen
    this.#onPainted = onPainted
  }

  /** Seconds since the picture was painted, without those when nobody looked. */
  get seconds() {
    return this.#stopwatch.seconds
  }

  stop() {
    this.#stopwatch.stop()
  }

  /** Nothing counts as painted until the next picture is. */
  begin() {
    this.painted = this.broken = null
    this.#asked++
  }

  /** Put an item on screen, at once where its picture is decoded; load those that come `next`. */
  show(item, next) {
    const asked = this.#asked
    this.pictures.prepare([item.sha, ...next.map(({ sha }) => sha)])
    const image = this.pictures.ready(item.sha)
    if (image) this.#paint(asked, item, image)
    else this.#load(asked, item)
  }

  async #load(asked, item) {
    try {
      const image = await this.pictures.get(item.sha)
      if (asked === this.#asked) this.#paint(asked, item, image)
    } catch {
      if (asked !== this.#asked) return
      this.broken = item
      this.#screen.render()
      setTimeout(() => asked === this.#asked && this.#load(asked, item), RELOAD_MS)
    }
  }

  async #paint(asked, item, image) {
    if (this.broken) {
      this.broken = null
      this.#screen.render()
    }
    await this.#screen.show(item, image)
    if (asked !== this.#asked) return
    this.painted = item
    this.#stopwatch.restart()
    this.#onPainted()
  }
}
