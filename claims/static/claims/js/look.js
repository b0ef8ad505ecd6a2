// [data-look] asks for itself as it is now, by htmx, every few seconds and when somebody comes back to the page; never
// while nobody looks at it. Once the session is over it stays as it was: the page to sign in is no part of it. So it does
// while a button in it is held down, which would not be pressed if it went away under the pointer; the next look brings
// what is new. Both hold as well for what htmx asks for by itself until it has ended.

const EVERY_MS = 4_000;

function look() {
  if (document.visibilityState !== "visible") return;
  for (const each of document.querySelectorAll("[data-look]")) window.htmx?.trigger(each, "look");
}

setInterval(look, EVERY_MS);
document.addEventListener("visibilitychange", look);

document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig, target, xhr } = event.detail;
  if (!requestConfig.elt.matches("[data-look], [hx-trigger^='every']") || !xhr.responseURL) return;
  const asked = new URL(requestConfig.path, location.href).pathname;
  if (new URL(xhr.responseURL).pathname !== asked || target.querySelector(":active")) event.detail.shouldSwap = false;
});
