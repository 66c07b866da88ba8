// The single view, put together.

import { commandsOf } from "./commands.js"
import { Reviewer } from "./reviewer.js"
import { Screen } from "./screen.js"
import { Strokes } from "./strokes.js"

/** @returns a view for `shown` (shared/mount.js); `otherView` asks for the grid, of a class where one is named. */
export function build({ project, user }, otherView) {
  const commands = {}
  const screen = new Screen(project, commands, otherView)
  const reviewer = new Reviewer({ project, user }, screen)
  const strokes = new Strokes(reviewer, commands, (pending) => screen.showPending(pending, reviewer.classes))
  Object.assign(commands, commandsOf(reviewer, screen))
  return {
    screen,
    model: reviewer,
    act(key, repeated, at) {
      reviewer.ahead.stroke(at)
      return strokes.act(key, repeated)
    },
    leave: () => reviewer.leave(),
  }
}
