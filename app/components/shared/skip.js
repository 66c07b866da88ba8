// Why something is skipped, with one more stroke: a digit for the reason, the key once more for
// none. By the other key it goes to somebody by name, or with a reason in one's own words.

import { h, keycap } from "./dom.js"
import { keyOf, keyText } from "./keystroke.js"
import { askReason } from "./reason.js"

const UNCLEAR = ["can't tell what it shows", "blurred, damaged or cut off", "its class is missing", "does not belong into this dataset"]
const END = "To the end of the queue, with your reason for whoever comes to it there."
const SEVERAL = "shows several of the classes"

/**
 * @param {import("./dialogs.js").Dialogs} dialogs
 * @param {object} what keymap; title; several: a picture may bear several classes
 * @param {object} then skip(reason): a text, null for none; hand(): ask to whom
 */
export function askSkip(dialogs, { keymap, title, several }, { skip, hand }) {
  const reasons = several ? UNCLEAR : [...UNCLEAR, SEVERAL]
  const leave = (act) => () => {
    dialogs.close()
    act()
  }
  const choices = [
    ...reasons.map((reason, at) => [keymap.digitsWork ? String(at + 1) : "", reason, () => skip(reason), "skip-reason"]),
    [keymap.cap("skip") || keyText("Enter"), "No reason", () => skip(null), "skip-plain"],
    [keymap.cap("skipTo"), "To somebody, or in your own words …", hand, "skip-hand"],
  ]
  const button = ([cap, text, act, id]) =>
    h(
      "button",
      { type: "button", class: "pl-action", "data-testid": id, onclick: leave(act) },
      cap ? keycap(cap) : null,
      h("span", { class: "pl-name" }, text),
    )
  const box = dialogs.show(title, h("p", { class: "pl-quiet" }, END), h("div", { class: "pl-reasons" }, choices.map(button)))
  box.addEventListener("keydown", (event) => {
    const act = actOf(event, box, keymap, reasons, { skip, hand })
    if (!act) return
    event.preventDefault()
    event.stopPropagation()
    if (!event.repeat) leave(act)()
  })
}

/** What a key does in the list, null where it is none of its keys. */
function actOf(event, box, keymap, reasons, { skip, hand }) {
  const key = keyOf(event)
  const reason = keymap.digitsWork && /^[1-9]$/.test(key ?? "") ? reasons[Number(key) - 1] : null
  if (reason) return () => skip(reason)
  if (key === "Enter" && event.target === box) return () => skip(null)
  const command = keymap.targetOf(key)?.name
  if (command === "skip") return () => skip(null)
  return command === "skipTo" ? hand : null
}

/**
 * Ask for a reason in one's own words and for somebody by name.
 * @param {object} what title; anyone: who gets it if nobody is named; fetch(path): GET of our routes
 */
export function askSkipTo(dialogs, { title, anyone, fetch }, skip) {
  const people = fetch("/api/people").then((answer) => answer.people.map(({ name }) => name))
  askReason(dialogs, { title, label: "Why (others see it)", button: "Skip", people, anyone }, skip)
}
