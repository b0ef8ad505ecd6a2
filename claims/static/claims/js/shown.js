// Shows and hides statements as the form [data-shown] says, at once, and keeps what was chosen in the address, so that
// the view can be shared. Without this script the form asks the server for the same. Whoever has to know listens to
// the event "shown" of [data-story].

const form = document.querySelector("[data-shown]");
const story = document.querySelector("[data-story]");

function chosen() {
  const groups = new Map();
  for (const box of form.querySelectorAll("[data-token]:checked")) {
    groups.set(box.name, [...(groups.get(box.name) ?? []), box.dataset.token]);
  }
  const below = form.elements.below;
  return { groups: [...groups.values()], below: below.value && below.validity.valid ? Number(below.value) : null };
}

function lets(note, { groups, below }) {
  const tokens = note.dataset.tokens.split(" ");
  // What the outlet says itself has no engine's confidence.
  if (below !== null && !(Number(note.dataset.confidence) < below)) return false;
  return groups.every((wanted) => wanted.some((token) => tokens.includes(token)));
}

function show() {
  const asked = chosen();
  const cards = [...document.querySelectorAll(".claim-card:has([data-tokens])")];
  const visible = new Set();
  for (const card of cards) {
    const notes = [...card.querySelectorAll("[data-tokens]")].filter((note) => lets(note, asked));
    notes.forEach((note) => visible.add(note.dataset.of));
    card.hidden = notes.length === 0;
  }
  for (const mark of document.querySelectorAll(".story .s[data-attribution], [data-map] a[data-of]")) {
    const out = !visible.has(mark.dataset.attribution ?? mark.dataset.of);
    mark.classList.toggle("is-out", out);
    if (mark.matches("a.s")) mark.tabIndex = out ? -1 : 0;
  }
  // A statement that a person added may have no claim yet.
  const claims = cards.filter((card) => card.querySelector(".claim-text"));
  const shown = claims.filter((card) => !card.hidden).length;
  const count = form.querySelector("[data-shown-count]");
  count.textContent = count.dataset.shownCount.replace("{shown}", shown).replace("{all}", claims.length);
  form.querySelector("[data-shown-all]").hidden = !asked.groups.length && asked.below === null;
  keep();
  story.dispatchEvent(new Event("shown"));
}

function keep() {
  const query = new URLSearchParams(new FormData(form));
  if (!form.elements.below.validity.valid || !query.get("below")) query.delete("below");
  history.replaceState(history.state, "", `${location.pathname}${query.size ? `?${query}` : ""}${location.hash}`);
}

if (form && story) {
  form.querySelector("[data-shown-apply]").hidden = true;
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
  });
  form.querySelector("[data-shown-all]").addEventListener("click", (event) => {
    event.preventDefault();
    form.querySelectorAll("[data-token]").forEach((box) => (box.checked = false));
    form.elements.below.value = "";
    form.querySelector("input:not([type=hidden])").focus();
    show();
  });
}
