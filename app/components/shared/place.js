// The place of a view on the page: as high as the window leaves room, and holding the focus.

const ROOM_BELOW = 16 // px
const LOWEST = 480 // px

/**
 * Let the mouse leave the focus on a view, so that Enter keeps its meaning after a click, and fit
 * the view to the window whenever that changes.
 */
export function keepInPlace(element, signal) {
  element.addEventListener("mousedown", (event) => keepFocus(event, element))
  addEventListener("resize", () => fitHeight(element), { signal })
}

/** Tell a view's style sheet how high it may be, by --pl-height. */
export function fitHeight(element) {
  const top = element.getBoundingClientRect().top + document.documentElement.scrollTop
  const room = innerHeight - Math.max(top, 0) - ROOM_BELOW
  element.style.setProperty("--pl-height", `${Math.max(LOWEST, room)}px`)
}

function keepFocus(event, element) {
  if (event.target.closest("input, select, label, a, .pl-dialog")) return
  event.preventDefault()
  element.focus({ preventScroll: true })
}
