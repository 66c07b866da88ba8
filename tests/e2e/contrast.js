// Every text of an element whose contrast to what is behind it is below what WCAG AA asks for.
(root) => {
  const canvas = new OffscreenCanvas(1, 1)
  const pen = canvas.getContext("2d", { willReadFrequently: true })

  /** The colour of layers drawn over each other, the lowest first, as [r, g, b]. */
  const drawn = (layers) => {
    pen.clearRect(0, 0, 1, 1)
    for (const colour of layers) {
      pen.fillStyle = colour
      pen.fillRect(0, 0, 1, 1)
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)
  }
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element) => {
    const layers = []
    for (let one = element; one; one = one.parentElement) layers.unshift(getComputedStyle(one).backgroundColor)
    return layers
  }

  const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  const faint = []
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement
    if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true })) continue
    if (element.closest("[disabled], [aria-disabled=true]")) continue
    const style = getComputedStyle(element)
    const layers = behind(element)
    const [low, high] = [light(drawn(layers)), light(drawn([...layers, style.color]))].sort((a, b) => a - b)
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700)
    const contrast = (high + 0.05) / (low + 0.05)
    if (contrast < (large ? 3 : 4.5)) faint.push(`${texts.currentNode.data.trim()}: ${contrast.toFixed(2)}`)
  }
  return faint
}
