// The picture, fitted and crisp, and the lines that say what it is and why it is here.

import { h, redraw } from "../shared/dom.js"
import { isTiny } from "../shared/pictures.js"

const MARKS = ["testid", "sha", "item", "proposal"]
const LARGEST_SCALE = 4
const LARGEST_CRISP_SCALE = 16

export class Stage {
  #frame = h("div", { class: "pl-frame" })
  #notice = h("div", { class: "pl-notice" })
  #banner = h("div", { class: "pl-banner" })
  #path = h("bdi", { dir: "ltr" })
  #source = h("span", { class: "pl-source" }, this.#path)
  #size = h("span", { class: "pl-size" })
  #reason = h("span", { class: "pl-reason" })
  #shown = null
  #sizes = new ResizeObserver(() => this.#fit())

  element = h(
    "section",
    { class: "pl-stage", "aria-label": "Picture" },
    this.#banner,
    this.#frame,
    this.#notice,
    h("p", { class: "pl-caption" }, this.#reason, h("span", { class: "pl-origin" }, this.#source, this.#size)),
  )

  constructor() {
    this.#sizes.observe(this.#frame)
  }

  stop() {
    this.#sizes.disconnect()
  }

  /**
   * Put a decoded picture on screen; resolves once a frame with it has been painted. Only then do
   * the attributes move over, so that whoever reads them reads what is really to be seen.
   */
  async show(item, image) {
    const before = this.#shown
    image.alt = `Picture ${item.source ?? item.sha.slice(0, 8)}`
    image.classList.toggle("pl-crisp", isTiny(item))
    this.#shown = { item, image }
    this.#fit()
    this.#frame.prepend(image)
    if (before && before.image !== image) before.image.classList.add("pl-leaving")
    image.classList.remove("pl-leaving")
    await painted()
    if (this.#shown?.image !== image) return
    this.#mark(item, image)
  }

  /** Show no picture: the reason stands in its place. */
  clear() {
    this.#shown = null
    this.#keepOnly(null)
  }

  /** Say something in the place of the picture: `build` makes it whenever `state` changes. */
  notice(state, build) {
    this.#frame.hidden = true
    this.#notice.hidden = false
    redraw(this.#notice, state, build)
  }

  /** Give the place back to the picture. */
  unnotice() {
    this.#frame.hidden = false
    this.#notice.hidden = true
  }

  describe(item, banner) {
    this.#size.textContent = item ? `${item.width} × ${item.height}` : ""
    this.#path.textContent = item?.source?.split("/").slice(-2).join("/") ?? ""
    this.#source.title = item?.source ?? ""
    this.#reason.textContent = item?.reason ? `Shown because: ${item.reason}` : ""
    this.#banner.textContent = banner ?? ""
    this.#banner.hidden = !banner
  }

  #mark(item, image) {
    this.#keepOnly(image)
    image.dataset.testid = "review-image"
    image.dataset.sha = item.sha
    image.dataset.item = item.item
    image.dataset.proposal = item.none_proposed ? "none_of_these" : (item.proposal ?? "")
  }

  /** Take out the others; they go back to the pool without the marks of a picture on screen. */
  #keepOnly(image) {
    for (const other of [...this.#frame.children]) {
      if (other === image) continue
      for (const mark of MARKS) delete other.dataset[mark]
      other.remove()
    }
  }

  #fit() {
    if (!this.#shown) return
    const { item, image } = this.#shown
    const largest = image.classList.contains("pl-crisp") ? LARGEST_CRISP_SCALE : LARGEST_SCALE
    const room = this.#frame.getBoundingClientRect()
    const scale = Math.min(room.width / item.width, room.height / item.height, largest)
    if (!(scale > 0)) return
    image.style.width = `${Math.max(1, Math.floor(item.width * scale))}px`
    image.style.height = `${Math.max(1, Math.floor(item.height * scale))}px`
  }
}

/** Resolves after the next frame has been handed to the screen. */
function painted() {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = resolve
      port2.postMessage(null)
    })
  })
}
