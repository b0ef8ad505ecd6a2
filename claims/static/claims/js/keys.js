// Keyboard first: an element with data-key="n" is pressed by that key; "Mod+Enter" is Ctrl or Cmd with Enter.
// "?" opens a dialog that lists the keys of this page. Rows in [data-key-rows] are walked with j and k.
// Single keys can be switched off in that dialog (WCAG 2.1.4), and never act while somebody types.

const OFF = "workbench.keys.off";
const dialog = document.getElementById("keys");

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
    && !/^(radio|checkbox|submit|button)$/.test(target.type ?? "");
}

function isShown(element) {
  return element.getClientRects().length > 0 && !element.disabled;
}

function pressed(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return event.ctrlKey || event.metaKey ? `Mod+${key}` : key;
}

function bound(key) {
  const scope = document.querySelector("dialog[open]") ?? document;
  return [...scope.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key && isShown(element));
}

function walk(step) {
  const rows = [...document.querySelectorAll("[data-key-rows] a.row-title")].filter(isShown);
  const at = rows.indexOf(document.activeElement);
  const next = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd").forEach((kbd) => kbd.remove());
  return copy.textContent.trim();
}

function list() {
  const keys = dialog.querySelector("[data-key-list]");
  keys.replaceChildren();
  for (const element of document.querySelectorAll("[data-key]")) {
    if (!isShown(element) || dialog.contains(element)) continue;
    const term = document.createElement("dt");
    for (const part of element.dataset.key.split("+")) {
      const kbd = document.createElement("kbd");
      kbd.textContent = part === "Mod" ? keys.dataset.mod : part;
      term.append(kbd, " ");
    }
    const what = document.createElement("dd");
    what.textContent = labelOf(element);
    keys.append(term, what);
  }
  if (document.querySelector("[data-key-rows]")) {
    keys.insertAdjacentHTML("beforeend", "<dt><kbd>j</kbd> <kbd>k</kbd></dt>");
    const what = document.createElement("dd");
    what.textContent = keys.dataset.walk;
    keys.append(what);
  }
}

function act(element) {
  if (element.matches("fieldset, input, textarea, select")) {
    const field = element.querySelector("input:checked") ?? element.querySelector("input") ?? element;
    field.focus();
    field.scrollIntoView({ block: "center" });
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.altKey || event.isComposing) return;
  const key = pressed(event);
  const withModifier = key.startsWith("Mod+");
  if (!withModifier && (isTyping(event.target) || (localStorage.getItem(OFF) && key !== "?"))) return;
  const element = bound(key);
  if (key === "?" && dialog && !dialog.open) {
    list();
    dialog.showModal();
  } else if (element) {
    act(element);
  } else if (!((key === "j" && walk(1)) || (key === "k" && walk(-1)))) {
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
