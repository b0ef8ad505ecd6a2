// The parts of one attribution stand apart in the text; pointing at one shows all of them, and its card in the margin.
// The spans of the current claim are scrolled into view. Everything works on links and focus without this script.

let joined = [];

function join(id) {
  joined.forEach((element) => element.classList.remove("is-joined"));
  const named = id && `[data-attribution="${CSS.escape(id)}"], [data-attributions~="${CSS.escape(id)}"]`;
  joined = named ? [...document.querySelectorAll(named)] : [];
  joined.forEach((element) => element.classList.add("is-joined"));
}

function idsAt(target) {
  const at = target.closest?.("[data-attribution], [data-attributions]")?.dataset;
  return at?.attribution ?? at?.attributions.split(" ")[0];
}

for (const kind of ["pointerover", "focusin"]) {
  document.addEventListener(kind, (event) => join(idsAt(event.target)));
}

document.addEventListener("click", (event) => {
  const id = event.target.closest?.(".s[data-attribution]") && idsAt(event.target);
  const card = id && document.querySelector(`.claim-card[data-attributions~="${CSS.escape(id)}"]:not([hidden])`);
  if (card && !String(getSelection())) card.scrollIntoView({ block: "nearest" });
});

// From a card back to the words that it is about.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  const card = event.target.closest?.(".claim-card");
  if (card) document.getElementById(`a-${idsAt(card)}`)?.focus();
});

const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
const current = document.querySelector(".s.is-current");

// Where the article scrolls by itself, it alone: what stands above it, such as what was just done, stays in sight.
function bringIntoView() {
  if (location.hash || !current) return;
  const behavior = still ? "auto" : "smooth";
  const pane = current.closest(".pane");
  if (!pane || pane.scrollHeight <= pane.clientHeight) {
    current.scrollIntoView({ block: "center", behavior });
    return;
  }
  const above = current.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTo({ top: pane.scrollTop + above - pane.clientHeight / 2, behavior });
}

bringIntoView();
document.getElementById("pane-article")?.addEventListener("change", bringIntoView);
