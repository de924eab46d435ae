// Keys for whoever works through many: each button or box names its key in data-key. All works without.

const help = document.getElementById("keys");
const typing = (target) =>
  target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (event.key === "?" && help) {
    event.preventDefault();
    if (help.open) help.close();
    else help.showModal();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches("details")) {
    target.open = !target.open;
    if (target.open) target.querySelector("input").focus();
  } else {
    target.click();
  }
});

// A day of the text opens its form at once instead of on a page of its own.
const days = document.getElementById("day-dialog");
if (days) {
  for (const link of document.querySelectorAll("a.day")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const form = days.querySelector("form");
      const asked = new URL(link.href).searchParams;
      for (const name of ["day", "field", "start", "end"]) form.elements[name].value = asked.get(name);
      days.showModal();
      form.querySelector("[type=radio]").focus();
    });
  }
}

// Figures are checked against the source while one types.
const editor = document.querySelector("form[data-check]");
if (editor) {
  const place = document.getElementById("figures");
  let timer = 0;
  const check = async () => {
    const answer = await fetch(editor.dataset.check, { method: "POST", body: new FormData(editor) });
    if (!answer.ok) return;
    place.hidden = !editor.elements.title_zh.value && !editor.elements.gist_zh.value;
    const { missing } = await answer.json();
    place.className = missing.length ? "wrong" : "notice-good";
    place.textContent = missing.length ? place.dataset.bad + missing.join(place.dataset.comma) : place.dataset.good;
  };
  editor.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, 250);
  });
  // What the machine composed is a beginning: it is taken over by hand, and then checked like all else.
  for (const button of editor.querySelectorAll("[data-fill]")) {
    const field = document.getElementById(button.dataset.fill);
    button.hidden = false;
    button.addEventListener("click", () => {
      field.value = document.getElementById(`${field.id}-machine`).textContent;
      field.focus();
      check();
    });
  }
}
