// While its websocket is away Streamlit lays a dialog over the page and makes all the rest inert.
// Here the outbox tells about the outage and the work goes on, so the dialog is closed as soon as it
// comes (the style sheet keeps it from flickering).

/** Close Streamlit's connection dialogs until the returned function is called. */
export function keepWorkableInOutages() {
  const observer = new MutationObserver(() => {
    const connected = document.querySelector('.stApp[data-test-connection-state="CONNECTED"]')
    if (!connected) document.querySelector(".stDialog button[aria-label=Close]")?.click()
  })
  observer.observe(document.body, { childList: true })
  return () => observer.disconnect()
}
