// What the grid can do, with the usual key of each. Commands that the single view has too bear the
// same name there, so that a key somebody prefers means the same in both.

export const COMMANDS = [
  command("accept", ["Enter"], "Confirm the rest", "Confirm all that is not marked and not below the threshold, as one act"),
  command("leave", ["Shift+Enter"], "Leave page", "Go to the next page and decide nothing"),
  command("mark", ["Space", "x"], "Mark", "Mark or unmark the picture with the frame"),
  command("all", ["a", "Ctrl+a"], "Mark all", "Mark every picture that waits"),
  command("search", ["/"], "Another class", "Find a class: for the marked pictures, or to show it"),
  command("none", ["n", "0"], "None of these", "The marked pictures are none of the classes"),
  command("skip", ["s"], "Skip", "Skip the marked pictures to the end of the queue; a second stroke says why: a digit for the reason, or the same key for none"),
  command("skipTo", ["Shift+S"], "Skip to …", "Skip the marked pictures to somebody, or with a reason in your own words"),
  command("flag", ["f"], "Flag", "Flag the marked pictures for a second look, with a reason"),
  command("ask", ["q"], "Ask lead", "Not sure: ask the lead about the marked pictures, with a question"),
  command("undo", ["u", "Ctrl+z"], "Undo", "Take back the last act, whole; also after a reload"),
  command("stack", ["d"], "Open stack", "Open or close the stack with the frame: near-duplicates ×, or what looks alike ≈"),
  command("magnify", ["z"], "Magnify", "Held down: the picture under the pointer, large"),
  command("left", ["ArrowLeft"], "Left", "Move the frame; with Shift: mark on the way"),
  command("right", ["ArrowRight"], "Right", null),
  command("up", ["ArrowUp"], "Up", null),
  command("down", ["ArrowDown"], "Down", null),
  command("guidelines", ["g"], "Guidelines", "What belongs into this class and what does not"),
  command("help", ["?"], "Keys", "These keys"),
]

/** Keys that are what they are, whatever somebody prefers. */
export const FIXED = [
  ["1 – 9", "The class with this code, for the marked pictures (two strokes where there are many)"],
  ["Click", "Mark or unmark; with Shift: all from the last one to here; drag: all in the frame"],
  ["Esc", "Close this, forget a first stroke, or unmark all"],
]

function command(name, keys, title, does) {
  return { name, keys, title, does }
}
