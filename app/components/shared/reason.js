// One line to say why: for a flag, a question to the lead, a skip to somebody.

import { h } from "./dom.js"

/**
 * @param {import("./dialogs.js").Dialogs} dialogs
 * @param {object} ask title, label, button; people: Promise<string[]> where somebody can be named,
 *   and anyone: what stands first among them
 * @param {(answer: { reason: string | null, to: string | null }) => void} send
 */
export function askReason(dialogs, { title, label, button, people, anyone }, send) {
  const reason = h("input", { class: "pl-search", type: "text", maxlength: 500, autocomplete: "off", "data-testid": "reason-line" })
  const to = people ? h("select", { class: "pl-search", "data-testid": "reason-to" }, h("option", { value: "" }, anyone)) : null
  people?.then(
    (names) => to.append(...names.map((name) => h("option", { value: name }, name))),
    () => to.append(h("option", { disabled: true }, "the names did not arrive")),
  )
  const submit = (event) => {
    event.preventDefault()
    dialogs.close()
    send({ reason: reason.value.trim() || null, to: to?.value || null })
  }
  const form = h(
    "form",
    { class: "pl-form", onsubmit: submit },
    h("label", {}, label, reason),
    to ? h("label", {}, "To", to) : null,
    h("button", { type: "submit", class: "pl-action pl-main" }, h("span", { class: "pl-name" }, button)),
  )
  dialogs.show(title, form)
  reason.focus()
}
