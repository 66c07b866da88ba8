// Wheel, mouse and fingers over the picture.

const SWIPE = 60 // px
const SWIPE_MS = 600
const MOVED = 4 // px
const DOUBLE_MS = 350
const DOUBLE = 30 // px between the two taps
const LINE = 16 // px, for wheels that count lines

/**
 * Wheel and pinch zoom, a drag moves a zoomed picture, a double click or tap switches between
 * fitted and large; a swipe of one finger over a fitted picture is told to `onSwipe`.
 */
export class Gestures {
  #frame
  #zoom
  #onSwipe
  #fingers = new Map() // pointer id → last place, from the middle of the frame
  #first = null // where and when a single finger or the mouse came down
  #lastTap = null

  /**
   * @param {HTMLElement} frame
   * @param {import("./zoom.js").Zoom} zoom
   * @param {(direction: "left" | "right") => void} onSwipe
   */
  constructor(frame, zoom, onSwipe) {
    this.#frame = frame
    this.#zoom = zoom
    this.#onSwipe = onSwipe
    frame.addEventListener("wheel", (event) => this.#wheel(event), { passive: false })
    frame.addEventListener("pointerdown", (event) => this.#down(event))
    frame.addEventListener("pointermove", (event) => this.#move(event))
    frame.addEventListener("pointerup", (event) => this.#up(event))
    frame.addEventListener("pointercancel", ({ pointerId }) => this.#fingers.delete(pointerId))
  }

  #place({ clientX, clientY }) {
    const room = this.#frame.getBoundingClientRect()
    return { x: clientX - room.x - room.width / 2, y: clientY - room.y - room.height / 2 }
  }

  #wheel(event) {
    event.preventDefault()
    const { x, y } = this.#place(event)
    this.#zoom.wheel(event.deltaMode === 1 ? event.deltaY * LINE : event.deltaY, x, y)
  }

  #down(event) {
    if (event.button) return
    this.#frame.setPointerCapture(event.pointerId)
    const at = this.#place(event)
    this.#first = this.#fingers.size ? null : { ...at, when: event.timeStamp }
    this.#fingers.set(event.pointerId, at)
  }

  #move(event) {
    const before = this.#fingers.get(event.pointerId)
    if (!before) return
    const at = this.#place(event)
    this.#fingers.set(event.pointerId, at)
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1]
    if (other) this.#pinch(before, at, other)
    else if (this.#zoom.on) this.#zoom.pan(at.x - before.x, at.y - before.y)
  }

  #pinch(before, at, other) {
    const grown = distance(at, other) / Math.max(distance(before, other), 1)
    this.#zoom.by(grown, (at.x + other.x) / 2, (at.y + other.y) / 2)
  }

  #up(event) {
    const began = this.#fingers.size === 1 ? this.#first : null
    if (!this.#fingers.delete(event.pointerId) || !began) return
    const at = this.#place(event)
    if (distance(at, began) <= MOVED) return this.#tap(at, event.timeStamp)
    const right = at.x - began.x
    const quick = event.timeStamp - began.when < SWIPE_MS
    const flat = Math.abs(right) > SWIPE && Math.abs(at.y - began.y) < Math.abs(right) / 2
    if (event.pointerType === "touch" && !this.#zoom.on && quick && flat) this.#onSwipe(right > 0 ? "right" : "left")
  }

  #tap(at, when) {
    const last = this.#lastTap
    const double = last && when - last.when < DOUBLE_MS && distance(at, last) < DOUBLE
    this.#lastTap = double ? null : { ...at, when }
    if (double) this.#zoom.toggle(at.x, at.y)
  }
}

function distance(one, other) {
  return Math.hypot(one.x - other.x, one.y - other.y)
}
