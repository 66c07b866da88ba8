// Entry of the upload component: a drop zone that tells the page the import job it has started.

import { counted, h, redraw } from "../shared/dom.js"
import { FileList } from "./files.js"
import { Progress } from "./progress.js"
import { Uploader } from "./uploader.js"

const DRAW_EVERY_MS = 100
const instances = new WeakMap()

export function mount({ data, parentElement, setTriggerValue }) {
  const running = instances.get(parentElement)
  if (running) {
    running.tell = (job) => setTriggerValue("job", job)
    running.uploader.labels = data.labels
    return running.unmount
  }
  const zone = new Zone(data, (job) => zone.tell(job))
  zone.tell = (job) => setTriggerValue("job", job)
  zone.unmount = () => {
    zone.uploader.stop()
    zone.element.remove()
    instances.delete(parentElement)
  }
  instances.set(parentElement, zone)
  parentElement.append(zone.element)
  zone.uploader.recall().catch(() => {}) // the first attempt to send tells of an outage
  return zone.unmount
}

class Zone {
  #list = new FileList()
  #onJob
  #due = false
  #progress = null
  #body = h("div", { class: "pl-zone-body" })
  #files = h("input", { type: "file", multiple: true, hidden: true, "data-testid": "upload-files" })
  #folder = h("input", { type: "file", webkitdirectory: true, hidden: true, "data-testid": "upload-folder" })

  constructor(config, onJob) {
    this.#onJob = onJob
    this.uploader = new Uploader(config, () => this.#draw())
    this.element = h("div", { class: "pl-upload", "data-testid": "upload" }, this.#files, this.#folder, this.#body)
    for (const input of [this.#files, this.#folder]) {
      input.addEventListener("change", () => {
        this.#list.addChosen(input.files)
        input.value = ""
        this.#send()
      })
    }
    this.#listenForDrops()
    this.#redraw()
  }

  #listenForDrops() {
    const over = (event, is) => {
      event.preventDefault()
      this.element.toggleAttribute("data-over", is)
    }
    this.element.addEventListener("dragover", (event) => over(event, true))
    this.element.addEventListener("dragleave", (event) => over(event, false))
    this.element.addEventListener("drop", async (event) => {
      over(event, false)
      await this.#list.addDropped(event.dataTransfer)
      this.#send()
    })
  }

  async #send() {
    if (!this.#list.size) return this.#redraw()
    this.#progress ??= new Progress()
    const job = await this.uploader.send(this.#list.files)
    if (job) this.#finished(job)
  }

  async #importArrived() {
    this.#finished(await this.uploader.finish())
  }

  #finished(job) {
    this.#list = new FileList()
    this.#onJob(job)
    this.#redraw()
  }

  /** Draw soon, at most ten times a second. */
  #draw() {
    if (this.#due) return
    this.#due = true
    setTimeout(() => this.#redraw(), DRAW_EVERY_MS)
  }

  #redraw() {
    this.#due = false
    const { state, refused, arrived } = this.uploader
    const sending = state === "sending" || state === "waiting"
    this.element.dataset.state = state
    if (sending) this.#progress.update(this.#list, this.uploader)
    else this.#progress = null
    const about = [sending, refused.length, this.#list.left, ...(sending ? [] : [state, arrived.size, this.#list.size])]
    redraw(this.#body, about, () => {
      if (sending) return this.#running()
      return state === "stopped" ? this.#stopped() : this.#invitation()
    })
  }

  #invitation() {
    const done = this.uploader.state === "done"
    return [
      h("p", { class: "pl-zone-title" }, done ? "Everything has arrived; the import has begun." : "Drop pictures, folders or archives here"),
      h("p", { class: "pl-zone-note" }, "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, HEIC; zip and tar; CSV or JSONL lists"),
      this.#choices(),
    ]
  }

  #choices() {
    return h(
      "div",
      { class: "pl-zone-row" },
      button("Choose files", () => this.#files.click()),
      button("Choose a folder", () => this.#folder.click()),
    )
  }

  #running() {
    const cancel = button("Cancel", () => this.uploader.stop())
    return [...this.#progress.parts, this.#refusals(), h("div", { class: "pl-zone-row" }, cancel)]
  }

  #stopped() {
    const { uploader } = this
    const rest = this.#list.size
    return [
      h("p", { class: "pl-zone-title" }, uploader.problem ? uploader.problem.message : "The upload was interrupted"),
      h("p", { class: "pl-zone-note" }, `${counted(uploader.arrived.size, "file")} arrived. ${rest ? "" : "Choose the same files again to send the rest."} ${uploader.problem?.fix ?? ""}`),
      this.#refusals(),
      h(
        "div",
        { class: "pl-zone-row" },
        rest ? button("Send the rest", () => this.#send(), true) : null,
        uploader.arrived.size ? button(`Import the ${counted(uploader.arrived.size, "file")} that arrived`, () => this.#importArrived()) : null,
        button("Start over", () => this.#startOver()),
      ),
      rest ? null : this.#choices(),
    ]
  }

  async #startOver() {
    this.#list = new FileList()
    await this.uploader.discard()
  }

  #refusals() {
    const { refused } = this.uploader
    if (!refused.length && !this.#list.left) return null
    const hidden = this.#list.left ? h("p", { class: "pl-zone-note" }, `${counted(this.#list.left, "hidden file")} left out`) : null
    const lines = refused.map(({ name, why }) => h("li", {}, h("b", {}, name), ` ${why}`))
    return h("div", {}, hidden, lines.length ? h("ul", { class: "pl-zone-refused" }, lines) : null)
  }
}

function button(text, onclick, main = false) {
  return h("button", { type: "button", class: main ? "pl-zone-button pl-zone-main" : "pl-zone-button", onclick }, text)
}
