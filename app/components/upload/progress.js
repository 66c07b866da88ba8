// How far an upload is. Its parts stay in place while the figures change: a button that is replaced
// ten times a second can't be clicked.

import { counted, h } from "../shared/dom.js"

export class Progress {
  #began = Date.now()
  #atStart = null
  #title = h("p", { class: "pl-zone-title" })
  #bar = h("progress", { class: "pl-zone-bar", "aria-label": "Sent" })
  #note = h("p", { class: "pl-zone-note" })
  #alarm = h("p", { class: "pl-zone-alarm", role: "status" })

  parts = [this.#title, this.#bar, this.#note, this.#alarm]

  update(list, uploader) {
    const { bytes } = list
    const sent = sentBytes(list, uploader)
    const count = list.files.filter(({ name }) => uploader.arrived.has(name)).length
    this.#atStart ??= sent
    this.#title.textContent = `${count.toLocaleString("en")} of ${counted(list.size, "file")} sent`
    this.#bar.max = Math.max(bytes, 1)
    this.#bar.value = sent
    const amount = `${megabytes(sent)} of ${megabytes(bytes)} MB`
    this.#note.textContent = [amount, this.#timeLeft(sent, bytes)].filter(Boolean).join(", ")
    const waiting = uploader.state === "waiting"
    this.#alarm.hidden = !waiting
    this.#alarm.textContent = waiting
      ? `${uploader.problem.message}. Trying again; nothing that arrived is sent twice.`
      : ""
  }

  #timeLeft(sent, bytes) {
    const passed = (Date.now() - this.#began) / 1000
    const rate = (sent - this.#atStart) / passed
    if (passed < 2 || rate <= 0) return null
    const seconds = Math.ceil((bytes - sent) / rate)
    return seconds < 90
      ? `about ${counted(seconds, "second")} left`
      : `about ${counted(Math.round(seconds / 60), "minute")} left`
  }
}

function sentBytes(list, { arrived, inFlight }) {
  return list.files.reduce(
    (sum, { name, file }) => sum + (arrived.has(name) ? file.size : (inFlight.get(name) ?? 0)),
    0,
  )
}

function megabytes(bytes) {
  return (bytes / 1e6).toLocaleString("en", { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })
}
