// The bell asks for itself once a minute, and when somebody comes back to the page; never while nobody looks at it.

const CALM_MS = 60_000;
let asked = Date.now();

function look() {
  if (document.visibilityState !== "visible" || Date.now() - asked < CALM_MS) return;
  asked = Date.now();
  for (const bell of document.querySelectorAll("[data-bell]")) window.htmx?.trigger(bell, "look");
}

setInterval(look, CALM_MS);
document.addEventListener("visibilitychange", look);
