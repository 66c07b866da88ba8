// Zoom and pan of the picture: how much larger than fitted, and how far from the middle (px).

const STEP = 1.5
const PAN_STEP = 80 // px
const LARGEST = 12
const WHEEL = 0.0016

export class Zoom {
  #size = { width: 0, height: 0 } // of the fitted picture
  #room = { width: 0, height: 0 }
  #actual = 1 // the scale at which a pixel of the picture is one of the screen
  #onChange

  scale = 1
  x = 0
  y = 0
  locked = false

  /** @param {() => void} onChange whenever the picture must be drawn at another place or size */
  constructor(onChange) {
    this.#onChange = onChange
  }

  get on() {
    return this.scale > 1
  }

  /** CSS transform of the picture, "" while it is fitted. */
  get transform() {
    return this.on ? `translate(${this.x}px, ${this.y}px) scale(${this.scale})` : ""
  }

  /** Another picture, or another room for it; the zoom stays only where it is locked. */
  begin() {
    if (!this.locked) this.#reset()
  }

  fit(size, room, actual) {
    this.#size = size
    this.#room = room
    this.#actual = actual
    this.#hold()
  }

  reset() {
    if (!this.on) return false
    this.#reset()
    this.#onChange()
    return true
  }

  toggleLock() {
    this.locked = !this.locked
    this.#onChange()
  }

  /** Zoom by steps (1 in, −1 out) around the middle. */
  step(by) {
    this.by(STEP ** by, 0, 0)
  }

  wheel(delta, x, y) {
    this.by(Math.exp(-delta * WHEEL), x, y)
  }

  /** Zoom by a factor so that the point (x, y), from the middle of the room, stays where it is. */
  by(factor, x, y) {
    const before = this.scale
    this.scale = Math.min(Math.max(before * factor, 1), Math.max(LARGEST, this.#actual))
    const grown = this.scale / before
    this.x = x - (x - this.x) * grown
    this.y = y - (y - this.y) * grown
    this.#hold()
    this.#onChange()
  }

  /** From fitted to the picture's own pixels around a point (at least threefold), and back. */
  toggle(x, y) {
    if (this.on) this.reset()
    else this.by(Math.max(this.#actual, 3), x, y)
  }

  pan(x, y) {
    this.x += x
    this.y += y
    this.#hold()
    this.#onChange()
  }

  /** Move by a step of the keyboard: (1, 0) shows what lies to the right. */
  stepPan(right, down) {
    if (this.on) this.pan(-right * PAN_STEP, -down * PAN_STEP)
  }

  #reset() {
    this.scale = 1
    this.x = this.y = 0
  }

  #hold() {
    const reach = (size, room) => Math.max(0, (size * this.scale - room) / 2)
    const within = (value, limit) => Math.min(Math.max(value, -limit), limit)
    this.x = this.on ? within(this.x, reach(this.#size.width, this.#room.width)) : 0
    this.y = this.on ? within(this.y, reach(this.#size.height, this.#room.height)) : 0
  }
}
