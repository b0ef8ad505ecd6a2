// The palette [data-palette="address"], opened by [data-palette-open] (Ctrl or Cmd with K): a combobox whose focus stays in
// the field while the arrows walk the options. What the page itself can do are its visible [data-key] elements; pages and
// what is found by words come from the server, the newest question alone counts: Enter before its answer is there waits
// for it, and never acts on what was found for other words.

import { follow } from "./follow.js";
import { labelOf } from "./label.js";

const palette = document.querySelector("[data-palette]");
const QUIET_MS = 150;

if (palette) {
  const field = palette.querySelector("input");
  const list = palette.querySelector('[role="listbox"]');
  const none = palette.querySelector("[data-palette-none]");
  const away = palette.querySelector("[data-palette-away]");
  const acts = new WeakMap();
  let asked = null;
  let timer = 0;
  // For which words the options are; null while there are none.
  let answers = null;
  let entered = false;

  const options = () => [...list.querySelectorAll('[role="option"]')];
  const chosen = () => list.querySelector('[aria-selected="true"]');

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
  }

  function actions(typed) {
    const found = [...document.querySelectorAll("[data-key]")].filter(
      (element) => element.getClientRects().length && !element.closest("details:not([open]) > :not(summary)")
        && !element.disabled && !element.closest("dialog")
        && !element.matches("[data-palette-open]") && labelOf(element).toLowerCase().includes(typed.toLowerCase()),
    );
    if (!found.length) return [];
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", palette.dataset.paletteActions);
    const kind = document.createElement("p");
    kind.className = "palette-kind";
    kind.setAttribute("aria-hidden", "true");
    kind.textContent = palette.dataset.paletteActions;
    group.append(kind);
    for (const element of found) {
      const option = document.createElement("div");
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.textContent = labelOf(element);
      acts.set(option, element);
      group.append(option);
    }
    return [group];
  }

  function show(html, typed) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const found = [...fresh.body.children];
    // Before anything is typed the first option is a page: Enter alone changes nothing.
    list.replaceChildren(...(typed ? [...actions(typed), ...found] : [...found, ...actions(typed)]));
    options().forEach((option, number) => (option.id = `palette-option-${number}`));
    choose(options()[0]);
    none.hidden = options().length > 0;
    answers = typed;
  }

  async function ask() {
    asked?.abort();
    const mine = (asked = new AbortController());
    const typed = field.value.trim();
    answers = null;
    list.setAttribute("aria-busy", "true");
    try {
      const url = new URL(palette.dataset.palette, location.href);
      url.searchParams.set("q", typed);
      const answer = await fetch(url, { signal: mine.signal });
      // A session that is over leads to the page for signing in, which holds no options.
      show(answer.ok && !answer.redirected ? await answer.text() : "", typed);
      away.hidden = true;
    } catch (error) {
      if (error.name === "AbortError") return;
      show("", typed);
      away.hidden = false;
    }
    list.removeAttribute("aria-busy");
    if (entered && away.hidden) act(chosen());
    entered = false;
  }

  function enter() {
    if (answers === field.value.trim()) {
      act(chosen());
      return;
    }
    clearTimeout(timer);
    entered = true;
    ask();
  }

  function act(option) {
    const element = acts.get(option);
    if (!element) {
      if (option) location.assign(option.href);
      return;
    }
    palette.close();
    follow(element);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]") && !palette.open) {
      palette.showModal();
      list.replaceChildren();
      field.select();
      ask();
    }
  });
  field.addEventListener("input", () => {
    entered = false;
    clearTimeout(timer);
    timer = setTimeout(ask, QUIET_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all.at(at > 0 ? at - 1 : -1));
    else if (event.key === "Enter") enter();
    // A search field would first be emptied, and nothing says that the next one closes it.
    else if (event.key === "Escape") palette.close();
    else return;
    event.preventDefault();
  });
  // Closed while a question is under way, nothing is done any more.
  palette.addEventListener("close", () => {
    clearTimeout(timer);
    asked?.abort();
    entered = false;
  });
  list.addEventListener("click", (event) => {
    const option = event.target.closest('[role="option"]');
    if (option && acts.has(option)) act(option);
  });
}
