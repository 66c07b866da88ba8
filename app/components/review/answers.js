// Decisions as the server takes them, and what follows from a proposal.

import { isProposed } from "../shared/proposed.js"
import { uuid7 } from "../shared/uuid7.js"

/** The labels that are marked from the start where a picture has several. */
export function proposedLabels(item) {
  return (item?.proposals ?? []).filter(isProposed).map(({ label }) => label)
}

/** "confirm" where the labels are just those proposed, else "correct". */
export function kindOf(item, labels, several) {
  const proposed = several ? proposedLabels(item) : [item.proposal]
  const same = labels.length === proposed.length && proposed.every((label) => labels.includes(label))
  return same ? "confirm" : "correct"
}

/**
 * A decision on an item; `shown` stays in the browser.
 * @param {object} item as GET /api/queue or the history describes it
 * @param {object} given kind, and where they differ from nothing: labels, supersedes, seconds, reason, to, ask
 */
export function decisionOf(item, given) {
  const { item: id, reason, state, ...shown } = item
  return {
    id: uuid7(),
    item: id,
    labels: [],
    supersedes: null,
    seconds: 0,
    reason: null,
    revision: item.revision,
    view: "single",
    run: item.run ?? null,
    shown_proposal: item.proposal,
    ...given,
    shown,
  }
}
