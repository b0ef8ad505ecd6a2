// What the page shows beside the text: the spans, what is wrong, and where else the selected words belong.

// What is drawn in the text: the other statements, this one's spans, and the one that is held.
export function marks(others, own, held) {
  const all = others.flatMap(({ spans }) => spans.map(([, start, end]) => ({ start, end, look: "others" })));
  all.push(...own.map(([role, [start, end]]) => ({ start, end, look: `mine s s-${role}` })));
  if (held) all.push({ start: held.range[0], end: held.range[1], look: "held" });
  return all;
}

// One span as a button that holds it.
export function chip(role, name, words, isHeld, press) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const label = document.createElement("span");
  const what = document.createElement("span");
  button.type = "button";
  button.className = "editor-span";
  button.setAttribute("aria-pressed", String(isHeld));
  label.className = `s s-${role}`;
  label.textContent = name;
  what.dir = "auto";
  what.textContent = words;
  button.append(label, " ", what);
  button.addEventListener("click", press);
  item.append(button);
  return item;
}

// Each problem by its field's name, and the fields themselves marked.
export function problems(place, fields, wrong) {
  place.hidden = !wrong.length;
  place.replaceChildren(...wrong.map(({ label, message }) => {
    const line = document.createElement("p");
    line.textContent = label ? `${label}: ${message}` : message;
    return line;
  }));
  for (const field of fields) {
    if (wrong.some((each) => each.field === field.name)) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

// The other statements that hold some of these words, to go on with them.
export function beside(place, others, [from, to], address, name) {
  const holding = others.filter(({ spans }) => spans.some(([, start, end]) => start < to && end > from));
  place.replaceChildren(...holding.slice(0, 4).flatMap(({ id, label }) => {
    const link = document.createElement("a");
    link.href = `${address}?attribution=${id}`;
    link.textContent = name(label);
    return [link, " "];
  }));
}

// With scripts the words are marked in the text, which takes keys as an application does, and not typed.
export function prepare(root, article, name) {
  root.querySelectorAll("[data-scripted]").forEach((each) => { each.hidden = false; });
  root.querySelector("[data-words]").hidden = true;
  article.classList.remove("with-current");
  article.tabIndex = 0;
  article.setAttribute("role", "application");
  article.setAttribute("aria-label", name);
  article.setAttribute("aria-describedby", "editor-help");
}

// Opened below the end of the panel, what is in there would be out of sight, also once it has been loaded.
export function inSight(about) {
  for (const happens of ["toggle", "htmx:afterSettle"]) {
    about?.addEventListener(happens, () => about.open && about.scrollIntoView({ block: "nearest" }));
  }
}
