// Keyboard first: an element with data-key="n" is pressed by that key; "Mod+Enter" is Ctrl or Cmd with Enter,
// "Mod+Shift+Enter" the same with Shift.
// "?" opens a dialog that lists the keys of this page. Rows in [data-key-rows], which may say what they are, are walked
// with j and k; what Enter and Escape do there is said by data-key-rows-enter and data-key-rows-escape.
// x ticks the box of the row that has the focus. Digits choose among the answers of a question [data-key-answers].
// Single keys can be switched off in that dialog (WCAG 2.1.4), and never act while somebody types; Escape
// leaves a field.

import { follow } from "./follow.js";
import { labelOf } from "./label.js";

const OFF = "workbench.keys.off";
const ROWS = "[data-key-rows] a.row-title, [data-key-rows] [data-key-row]:not(.is-out)";
const dialog = document.getElementById("keys");

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    && !/^(radio|checkbox|submit|button)$/.test(target.type ?? "");
}

// What a closed details holds has its place in the page, and is not to be seen.
function isShown(element) {
  return element.getClientRects().length > 0 && !element.closest("details:not([open]) > :not(summary)") && !element.disabled;
}

function pressed(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const named = event.shiftKey && key === "Enter" ? "Shift+Enter" : key;
  return event.ctrlKey || event.metaKey ? `Mod+${named}` : key;
}

// What is typed into one form is never sent as another; the lesser forms of a page (data-key-inside) have the key inside alone.
function isElsewhere(element, target) {
  if (!element.dataset.key.endsWith("+Enter")) return false;
  if ("keyInside" in element.dataset) return element.form !== target.form;
  return Boolean(element.form && target.form && element.form !== target.form);
}

function bound(key, target) {
  const scope = document.querySelector("dialog[open]") ?? document;
  return [...scope.querySelectorAll("[data-key]")].find(
    (element) => element.dataset.key === key && isShown(element) && !isElsewhere(element, target),
  );
}

function rowInFocus() {
  return document.activeElement.closest("[data-key-rows] > *");
}

function tick() {
  const box = rowInFocus()?.querySelector('input[type="checkbox"]');
  box?.click();
  return Boolean(box);
}

// The question in focus, or else the first one that is open: an answer once given is never changed in passing.
function answer(digit) {
  const questions = [...document.querySelectorAll("[data-key-answers]")].filter(isShown);
  const asked = questions.find((question) => question.contains(document.activeElement))
    ?? questions.find((question) => !question.querySelector("input:checked"));
  const field = asked?.querySelectorAll('input[type="radio"]')[digit - 1];
  field?.focus();
  field?.click();
  return Boolean(field);
}

function walk(step) {
  const rows = [...document.querySelectorAll(ROWS)].filter(isShown);
  const here = document.activeElement;
  const at = rows.indexOf(here);
  // From beside the rows, such as from the card of one, on to the nearest; from nowhere to the first or the last.
  const side = step > 0 ? Node.DOCUMENT_POSITION_FOLLOWING : Node.DOCUMENT_POSITION_PRECEDING;
  const beside = rows.filter((row) => here.closest("[data-key-rows]") && here.compareDocumentPosition(row) & side);
  const ahead = at < 0 ? (beside.length ? beside : rows) : [];
  const next = at < 0 ? ahead.at(step > 0 ? 0 : -1) : rows[at + step];
  next?.focus();
  next?.scrollIntoView({ block: next.matches(".row-title") ? "nearest" : "center" });
  return Boolean(next);
}

function tell(keys, names, what) {
  const term = document.createElement("dt");
  for (const name of names) {
    const kbd = document.createElement("kbd");
    kbd.textContent = name;
    term.append(kbd, " ");
  }
  const meaning = document.createElement("dd");
  meaning.textContent = what;
  keys.append(term, meaning);
}

function list() {
  const keys = dialog.querySelector("[data-key-list]");
  keys.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!isShown(element) || dialog.contains(element)) continue;
    const parts = element.dataset.key.split("+").map((part) => (part === "Mod" ? keys.dataset.mod : part));
    tell(keys, parts, labelOf(element));
  }
  if ([...document.querySelectorAll("[data-key-answers]")].some(isShown)) tell(keys, ["1", "…", "9"], keys.dataset.answers);
  const rows = document.querySelector("[data-key-rows]");
  if (!rows) return;
  for (const [names, what] of [
    [["j", "k"], rows.dataset.keyRows || keys.dataset.walk],
    [["x"], rows.querySelector('input[type="checkbox"]') && keys.dataset.tick],
    [["←", "→"], document.querySelector("[data-board]") && keys.dataset.boardKeys],
    [["Enter"], rows.dataset.keyRowsEnter],
    [["Escape"], rows.dataset.keyRowsEscape],
  ]) {
    if (what) tell(keys, names, what);
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = pressed(event);
  // Out of a field, so that single keys act again: by Tab alone that takes a walk through all fields behind it.
  if (key === "Escape" && isTyping(event.target) && !event.target.closest("dialog")) event.target.blur();
  const withModifier = key.startsWith("Mod+");
  if (!withModifier && (isTyping(event.target) || (localStorage.getItem(OFF) && key !== "?"))) return;
  const element = bound(key, event.target);
  if (key === "?" && dialog && !dialog.open) {
    list();
    dialog.showModal();
  } else if (element) {
    follow(element);
  } else if (
    !((key === "j" && walk(1)) || (key === "k" && walk(-1)) || (key === "x" && tick()) || (/^[1-9]$/.test(key) && answer(key)))
  ) {
    return;
  }
  event.preventDefault();
});

// In the dialog of every page and among a person's settings.
const choices = document.querySelectorAll("[data-keys-off]");
for (const choice of choices) {
  choice.checked = Boolean(localStorage.getItem(OFF));
  choice.addEventListener("change", () => {
    if (choice.checked) localStorage.setItem(OFF, "1");
    else localStorage.removeItem(OFF);
    for (const each of choices) each.checked = choice.checked;
  });
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-open]")) {
    list();
    dialog.showModal();
  }
});
