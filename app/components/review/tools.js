// The buttons under the picture: zoom, its lock, brightness. Each is made once, so that it keeps
// the focus while its text changes.

import { h } from "../shared/dom.js"

export class Tools {
  #out
  #fitted
  #in
  #lock
  #light

  /** @param commands the reviewer's commands by name, as keys.js names them */
  constructor(commands) {
    const button = (name, attributes) =>
      h("button", { type: "button", class: "pl-small", onclick: () => commands[name](), ...attributes })
    this.#out = button("zoomOut", {})
    this.#fitted = button("zoomReset", { title: "Fit the picture again", "data-testid": "zoom" })
    this.#in = button("zoomIn", {})
    this.#lock = button("lockZoom", { title: "Keep zoom and place from picture to picture", "data-testid": "lock-zoom" })
    this.#light = button("light", { title: "Brightness and contrast", "data-testid": "light" })
    this.element = h(
      "div",
      { class: "pl-tools", role: "group", "aria-label": "View of the picture" },
      [this.#out, this.#fitted, this.#in, this.#lock, this.#light],
    )
    this.#out.append("−")
    this.#in.append("+")
  }

  /** Show the keys on the buttons as they are now. */
  useKeys(keymap) {
    const caps = [[this.#out, "zoomOut", "Zoom out"], [this.#in, "zoomIn", "Zoom in"]]
    for (const [button, name, text] of caps) button.setAttribute("aria-label", spoken(text, keymap.cap(name)))
    this.#lock.dataset.key = keymap.cap("lockZoom")
    this.#light.dataset.key = keymap.cap("light")
  }

  render({ scale, on, locked }, light) {
    say(this.#fitted, `${on ? Math.round(scale * 100) : 100} %`)
    say(this.#lock, locked ? "Locked" : "Lock")
    say(this.#light, light.text || "Light")
    this.#lock.setAttribute("aria-pressed", String(locked))
    this.#light.setAttribute("aria-expanded", String(light.open))
  }
}

function spoken(text, key) {
  return key ? `${text}, key ${key}` : text
}

function say(button, text) {
  if (button.textContent !== text) button.textContent = text
}
