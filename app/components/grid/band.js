// A frame drawn with the mouse around thumbnails; on a touch screen a finger that stays asks for
// the picture in large, because a finger that moves scrolls.

import { h } from "../shared/dom.js"

const BEGINS_AT = 6 // px
const HOLD_MS = 450

export class Band {
  #area
  #on
  #start = null // { x, y } inside the area, while the button is down
  #rects = []
  #caught = new Set()
  #dragged = false
  #timer = null

  element = h("div", { class: "pl-band", hidden: true })

  /**
   * @param {HTMLElement} area the scrolling element that the thumbnails lie in
   * @param {{ tiles(): HTMLElement[], done(elements, unmark: boolean): void, hold(target): void, letGo(): void }} on
   */
  constructor(area, on) {
    this.#area = area
    this.#on = on
    area.addEventListener("pointerdown", (event) => this.#down(event))
    area.addEventListener("pointermove", (event) => this.#move(event))
    area.addEventListener("pointerup", (event) => this.#up(event))
    area.addEventListener("pointercancel", () => this.#end())
    area.addEventListener("contextmenu", (event) => event.target.closest(".pl-tile") && event.preventDefault())
  }

  /** Whether a click only ends a drag or a long touch. */
  swallows() {
    const swallowed = this.#dragged
    this.#dragged = false
    return swallowed
  }

  #down(event) {
    this.#dragged = false
    if (event.pointerType === "touch") {
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#held(event.target), HOLD_MS)
    } else if (event.button === 0) {
      this.#start = this.#at(event)
    }
  }

  #held(target) {
    this.#dragged = true
    this.#on.hold(target)
  }

  #move(event) {
    if (!this.#start) return
    const here = this.#at(event)
    if (this.element.hidden) {
      if (Math.hypot(here.x - this.#start.x, here.y - this.#start.y) < BEGINS_AT) return
      this.#begin(event)
    }
    this.#draw(this.#start, here)
  }

  #begin(event) {
    this.#area.setPointerCapture(event.pointerId)
    this.#dragged = true
    this.element.hidden = false
    this.#rects = this.#on.tiles().map((element) => ({
      element,
      left: element.offsetLeft,
      top: element.offsetTop,
      right: element.offsetLeft + element.offsetWidth,
      bottom: element.offsetTop + element.offsetHeight,
    }))
  }

  #draw(from, to) {
    const [left, right] = [Math.min(from.x, to.x), Math.max(from.x, to.x)]
    const [top, bottom] = [Math.min(from.y, to.y), Math.max(from.y, to.y)]
    const { style } = this.element
    style.transform = `translate(${left}px, ${top}px)`
    style.width = `${right - left}px`
    style.height = `${bottom - top}px`
    for (const rect of this.#rects) {
      const inside = rect.left < right && rect.right > left && rect.top < bottom && rect.bottom > top
      if (inside === this.#caught.has(rect.element)) continue
      if (inside) this.#caught.add(rect.element)
      else this.#caught.delete(rect.element)
      rect.element.classList.toggle("pl-caught", inside)
    }
  }

  #up(event) {
    const caught = this.#rects.map(({ element }) => element).filter((element) => this.#caught.has(element))
    this.#end()
    if (caught.length) this.#on.done(caught, event.altKey)
  }

  #end() {
    clearTimeout(this.#timer)
    this.#on.letGo()
    for (const element of this.#caught) element.classList.remove("pl-caught")
    this.#caught.clear()
    this.#rects = []
    this.#start = null
    this.element.hidden = true
  }

  #at({ clientX, clientY }) {
    const area = this.#area.getBoundingClientRect()
    return { x: clientX - area.left + this.#area.scrollLeft, y: clientY - area.top + this.#area.scrollTop }
  }
}
