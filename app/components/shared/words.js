// Decisions in words.

const KINDS = { skip: "Skipped", none_of_these: "None of these" }

/** A decision in words. */
export function answerText({ kind, labels, ask }) {
  if (kind === "flag") return ask ? "Asked the lead" : "Flagged"
  return KINDS[kind] ?? labels.join(", ")
}
