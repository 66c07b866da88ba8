// The commands of the single view: their usual keys, what stands on their buttons, what they do.
// Digits 1 to 9 and codes choose classes; letters and signs are commands and never label.

export const RANKS = 9

/** In the order in which the page tells them. */
export const COMMANDS = [
  { name: "accept", keys: ["Enter"], title: "Accept", does: "Accept the highlighted proposal; with several labels: confirm what is marked" },
  { name: "search", keys: ["/"], title: "Another class", does: "Search all classes by name, alias or code" },
  { name: "none", keys: ["n", "0"], title: "None of these", does: "The picture shows none of the classes" },
  { name: "skip", keys: ["s"], title: "Skip", does: "Skip the picture to the end of the queue; a second stroke says why: a digit for the reason, or the same key for none" },
  { name: "skipTo", keys: ["Shift+S"], title: "Skip to …", does: "Skip to somebody, or with a reason in your own words" },
  { name: "flag", keys: ["f"], title: "Flag", does: "Ask for a second look, with a reason" },
  { name: "ask", keys: ["q"], title: "Ask the lead", does: "Not sure: hand the picture to the lead, with a question" },
  { name: "undo", keys: ["u", "Ctrl+z"], title: "Undo", does: "Take back the last decision, or the one on screen" },
  { name: "back", keys: ["ArrowLeft"], title: "Back", does: "Look back at what you decided" },
  { name: "forth", keys: ["ArrowRight"], title: "Forth", does: "Look forth again" },
  { name: "guidelines", keys: ["g"], title: "Guidelines", does: "What the lead wrote about each class" },
  { name: "zoomIn", keys: ["+", "="], title: "Zoom in", does: "Zoom in; also the wheel and a double click" },
  { name: "zoomOut", keys: ["-"], title: "Zoom out", does: "Zoom out" },
  { name: "lockZoom", keys: ["l"], title: "Lock zoom", does: "Keep zoom and place from picture to picture" },
  { name: "panLeft", keys: ["Shift+ArrowLeft"], title: "Move left", does: "Move the zoomed picture; also by dragging" },
  { name: "panRight", keys: ["Shift+ArrowRight"], title: "Move right", does: "Move the zoomed picture" },
  { name: "panUp", keys: ["Shift+ArrowUp"], title: "Move up", does: "Move the zoomed picture" },
  { name: "panDown", keys: ["Shift+ArrowDown"], title: "Move down", does: "Move the zoomed picture" },
  { name: "light", keys: ["b"], title: "Brightness", does: "Brightness and contrast of the picture" },
  { name: "digits", keys: ["."], title: "Digits", does: "Let digits choose proposals by rank, or classes by code" },
  { name: "help", keys: ["?"], title: "Keys", does: "Show and change these keys" },
]
