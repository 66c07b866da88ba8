// How long to wait before the next try: twice as long after each failure, up to a limit, and never
// in step with other browsers.

const FIRST_DELAY_MS = 500

/** Milliseconds after so many failures in a row (0: the first one). */
export function backoff(failures, longest) {
  return Math.min(FIRST_DELAY_MS * 2 ** failures, longest) * (0.5 + Math.random())
}
