// What counts as proposed.

const EVEN = 0.5

/**
 * Whether a class is among the proposed labels where a picture may have several.
 * @param {{ chosen?: boolean, score: number }} one chosen: what the server says; pages that were
 *   opened before it said so have none, and every threshold was one half then
 */
export function isProposed({ chosen, score }) {
  return chosen ?? score >= EVEN
}
