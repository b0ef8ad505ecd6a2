// What a key or the palette does with an element: it leads into a field, into what it opens, and to a button that is not to
// be pressed in passing (data-key-leads); anything else is pressed.

export function follow(element) {
  const isField = element.matches("fieldset, input, textarea, select");
  if (!isField && !("keyLeads" in element.dataset)) {
    element.click();
    if (element.matches("summary") && element.parentElement.open) {
      element.parentElement.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      element.scrollIntoView({ block: "center" });
    }
    return;
  }
  const field = element.querySelector("input:checked") ?? element.querySelector("input") ?? element;
  field.focus();
  // What is typed then takes the place of a line's old words, and does not run into them.
  if (field.matches("input")) field.select();
  field.scrollIntoView({ block: "center" });
}
