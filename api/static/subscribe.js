// The subscription form: suggestions while one types, and a preview while it is filled in.
// Without this, the buttons beside the fields do the same with a page of their own.

const form = document.getElementById("wish");
const field = form.querySelector("[data-suggest]");
const found = document.getElementById("found");
const SEPARATORS = /[\n,;，；、]+/;
const WAIT = 150, WAIT_PREVIEW = 600;

// What is typed last is looked for.
const typed = () => field.value.split(SEPARATORS).at(-1).trim();

const list = document.createElement("ul");
list.id = "suggestions";
list.className = "suggestions";
list.setAttribute("role", "listbox");
list.setAttribute("aria-label", field.labels[0].textContent);
list.hidden = true;
field.closest(".beside").after(list);
field.setAttribute("role", "combobox");
field.setAttribute("aria-expanded", "false");
field.setAttribute("aria-controls", list.id);
field.setAttribute("aria-autocomplete", "list");
form.querySelector(".lookup").hidden = true;

let active = -1, timer = 0, asked = 0;

const words = (one) => [one.hs ? `HS ${one.hs} ${one.heading}` : "", one.sector].filter(Boolean).join(" · ");

function close() {
  list.hidden = true;
  active = -1;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(one) {
  const known = [...found.querySelectorAll("input")].find((box) => box.value === one.value);
  if (known) known.checked = true;
  else {
    const item = document.createElement("li"), label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), {type: "checkbox", name: "pick", value: one.value, checked: true});
    const text = Object.assign(document.createElement("span"), {textContent: words(one)});
    label.append(box, text);
    item.append(label);
    found.append(item);
  }
  close();
  field.focus();
  changed();
}

function show(items) {
  list.replaceChildren(...items.map((one, place) => {
    const item = document.createElement("li");
    item.id = `suggestion-${place}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.textContent = words(one);
    // The field keeps its focus; a choice at the first touch would let its click fall on what lies below.
    item.addEventListener("mousedown", (event) => event.preventDefault());
    item.addEventListener("click", () => choose(one));
    item.choose = () => choose(one);
    return item;
  }));
  active = -1;
  list.hidden = !items.length;
  field.setAttribute("aria-expanded", String(Boolean(items.length)));
}

function mark(place) {
  const items = [...list.children];
  active = (place + items.length) % items.length;
  items.forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
  field.setAttribute("aria-activedescendant", items[active].id);
  items[active].scrollIntoView({block: "nearest"});
}

async function look() {
  const query = typed(), mine = ++asked;
  if (!query) return close();
  const answer = await fetch(`${field.dataset.suggest}?q=${encodeURIComponent(query.slice(0, 60))}`);
  if (mine !== asked || !answer.ok) return;
  show((await answer.json()).items);
}

field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, WAIT); });
field.addEventListener("blur", close);
field.addEventListener("keydown", (event) => {
  if (list.hidden) return;
  if (event.key === "ArrowDown") mark(active + 1);
  else if (event.key === "ArrowUp") mark(active - 1);
  else if (event.key === "Enter" && active >= 0) list.children[active].choose();
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
});

// The preview follows the form, once something was said of products or places.
const preview = document.getElementById("preview");
let later = 0, shown = 0;

async function refresh() {
  const mine = ++shown, given = new FormData(form);
  for (const name of ["email", "agreed", "seen"]) given.delete(name);
  const answer = await fetch(form.dataset.preview, {method: "POST", body: new URLSearchParams(given)});
  if (mine !== shown || !answer.ok) return;
  preview.innerHTML = await answer.text();
  preview.hidden = false;
}

function changed() { clearTimeout(later); later = setTimeout(refresh, WAIT_PREVIEW); }

form.addEventListener("change", (event) => {
  if (!["email", "agreed", "language", "name"].includes(event.target.name)) changed();
});
