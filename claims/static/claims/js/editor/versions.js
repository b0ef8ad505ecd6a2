// Two versions of one statement side by side, field by field, one to be chosen of each.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function choices(theirs, mine, form, words, brief) {
  const label = (name) => words[name] ?? form.elements[name]?.labels?.[0]?.firstChild.textContent.trim() ?? name;
  const inWords = (name, value) => {
    if (Array.isArray(value)) return value.map(brief).join(" … ");
    const field = form.elements[name];
    return field?.options ? [...field.options].find((each) => each.value === value)?.textContent ?? value : value;
  };
  return Object.keys(theirs).filter((name) => !same(theirs[name], mine[name])).map((name) => {
    const set = document.createElement("fieldset");
    const legend = document.createElement("legend");
    set.className = "field";
    set.dataset.differs = name;
    legend.textContent = label(name);
    set.append(legend, option(name, "theirs", words.theirs, inWords(name, theirs[name])),
      option(name, "mine", words.mine, inWords(name, mine[name])));
    return set;
  });
}

function option(name, value, who, what) {
  const line = document.createElement("label");
  const radio = document.createElement("input");
  const shown = document.createElement("span");
  const help = document.createElement("span");
  const version = document.createElement("span");
  line.className = "check";
  Object.assign(radio, { type: "radio", name: `choose_${name}`, value });
  help.className = "help";
  help.textContent = who;
  version.dir = "auto";
  version.textContent = what || "—";
  shown.append(help, " ", version);
  line.append(radio, shown);
  return line;
}

// The version that comes of the choices; null where one is not made yet.
export function chosen(place, theirs, mine) {
  const kept = { ...mine };
  for (const set of place.querySelectorAll("[data-differs]")) {
    const radio = set.querySelector("input:checked");
    if (!radio) return null;
    const name = set.dataset.differs;
    kept[name] = radio.value === "theirs" ? theirs[name] : mine[name];
  }
  return kept;
}
