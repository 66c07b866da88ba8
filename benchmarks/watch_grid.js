// Runs in the page before anything else; works on our grid and on a page of st.image alike. A list
// is asked for by a click, mounts when its first element stands in the page, and is painted one frame
// after the last of `many` pictures is loaded and decoded. A click or key is answered one frame after
// a mark changed.

{
  const MOUNTED = "[data-testid=grid], [data-testid=stImage]"
  const PICTURES = "[data-testid=grid-item] img, [data-testid=stImage] img"
  const KEYS = new Set(["x"])
  const many = globalThis.many
  const answered = []
  let opened = null
  let mounted = null
  let painted = null
  let asked = null

  const frame = () =>
    new Promise((resolve) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = resolve
        port2.postMessage(null)
      })
    })

  const complete = () => {
    const pictures = [...document.querySelectorAll(PICTURES)]
    return pictures.length >= many && pictures.every((one) => one.complete && one.naturalWidth) ? pictures : null
  }

  const watchPictures = async () => {
    let pictures = null
    while (!(pictures = complete())) await frame()
    await Promise.all(pictures.map((one) => one.decode()))
    await frame()
    painted = performance.now()
  }

  new MutationObserver((_, observer) => {
    if (!document.querySelector(MOUNTED)) return
    mounted = performance.now()
    opened = asked?.at
    observer.disconnect()
    watchPictures()
  }).observe(document, { subtree: true, childList: true })

  const ask = (event) => (asked = { type: event.type, at: event.timeStamp })
  addEventListener("click", ask, { capture: true })
  addEventListener("keydown", (event) => KEYS.has(event.key) && ask(event), { capture: true })
  new MutationObserver(async () => {
    const answer = asked
    asked = null
    if (!answer) return
    await frame()
    answered.push({ type: answer.type, ms: performance.now() - answer.at })
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-marked"] })

  globalThis.benchmark = {
    painted: () => painted !== null,
    answers: () => answered.length,
    notes: () => ({ mount_to_painted: painted - mounted, click_to_painted: painted - opened, answered }),
  }
}
