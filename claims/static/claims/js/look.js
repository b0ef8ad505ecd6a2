// [data-look] asks for itself as it is now, by htmx, every few seconds and when somebody comes back to the page; never
// while nobody looks at it. Once the session is over it stays as it was: the page to sign in is no part of it.

const EVERY_MS = 4_000;

function look() {
  if (document.visibilityState !== "visible") return;
  for (const each of document.querySelectorAll("[data-look]")) window.htmx?.trigger(each, "look");
}

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (!requestConfig.elt.matches("[data-look]") || !xhr.responseURL) return;
  const asked = new URL(requestConfig.path, location.href).pathname;
  if (new URL(xhr.responseURL).pathname !== asked) event.detail.shouldSwap = false;
});
