// Decisions in words.

/** A decision in words. */
export function answerText({ kind, labels }) {
  if (kind === "skip") return "Skipped"
  if (kind === "none_of_these") return "None of these"
  return labels.join(", ")
}
