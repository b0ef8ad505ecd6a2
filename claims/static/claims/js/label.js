// What an element with a key is called in the list of keys and in the palette: by its data-key-label, else by its label or
// legend, else by its own words; never with the key itself.

export function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  const copy = (element.labels?.[0] ?? element.querySelector("legend") ?? element).cloneNode(true);
  copy.querySelectorAll("kbd").forEach((kbd) => kbd.remove());
  return copy.textContent.trim();
}
