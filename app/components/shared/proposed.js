// What counts as proposed.

/** The score from which on a class is proposed where a picture may have several; the server's too. */
export const PROPOSED_FROM = 0.5
