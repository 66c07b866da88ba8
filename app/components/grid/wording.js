// Numbers and answers of the grid in words.

import { counted } from "../shared/dom.js"
import { AT_RANDOM, NONE, SUREST } from "./page.js"

const NAMES = { [NONE]: "none of these", [SUREST]: "Surest of each class", [AT_RANDOM]: "Sure ones at random" }
const WORDS = { skip: "↷ skipped", flag: "⚑ flagged", ask: "⚑ asked" }

/** A class, a set of them, or a page of several classes, as people read it. */
export function labelText(label) {
  return NAMES[label] ?? (label ?? "").split("|").join(", ")
}

/** The answer of a tile as sign and word. */
export function answerWord({ kind, labels }) {
  if (kind === "label") return labels.length ? `→ ${labels.join(", ")}` : "∅ none"
  return WORDS[kind] ?? kind
}

/** "57 pictures", "57 pictures, 12 of them by their stack". */
export function picturesText({ pictures, grouped }) {
  const all = counted(pictures, "picture")
  return grouped ? `${all}, ${grouped.toLocaleString("en")} of them by ${grouped === 1 ? "its" : "their"} stack` : all
}

/** What was left undecided: tiles, and pictures in stacks that look alike and were not opened. */
export function leftText(left, unseen) {
  const stacked = unseen && `${unseen.toLocaleString("en")} in unopened stacks`
  return `${[left, stacked].filter(Boolean).join(" and ")} left for later`
}

/** A share as per cent, with one digit where it is small. */
export function percent(share) {
  const value = share * 100
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`
}

/** The blind figure of a class: how often its proposals were wrong, with how sure that is. */
export function measuredText(measured) {
  if (!measured?.n) return "not measured blind yet"
  const { n, wrong, estimate, low, high } = measured
  return `measured blind: ${wrong} of ${n} wrong, ${percent(estimate)} (95 %: ${percent(low)} to ${percent(high)})`
}
