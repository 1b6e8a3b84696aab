// The list of papers to be sealed: tick all; and, where a program on this machine holds the key, one paper after the
// other is handed to it.  What that program says is not believed: the gateway is asked how the paper stands.

import "./page.js";

const form = document.querySelector("[data-seals]");
const ticks = () => [...form.querySelectorAll("input[name=d]")];
const all = form.querySelector("[data-all]");

function countTicks() {
  if (!all) return;
  const ticked = ticks().filter((one) => one.checked).length;
  all.checked = ticked > 0 && ticked === ticks().length;
  all.indeterminate = ticked > 0 && ticked < ticks().length;
}

all?.addEventListener("change", () => { for (const one of ticks()) one.checked = all.checked; });
form.addEventListener("change", countTicks);
// Whoever counts a paper's pages means that paper.
function tickCounted(pages) {
  const tick = pages.closest("[data-row]")?.querySelector("input[name=d]");
  if (tick && pages.value) tick.checked = true;
}

form.addEventListener("input", (event) => {
  if (event.target.name.startsWith("pages.")) tickCounted(event.target);
  countTicks();
});
// On a slow machine somebody may have typed before this stood ready.
for (const pages of form.querySelectorAll("[name^='pages.']")) if (pages.value !== pages.defaultValue) tickCounted(pages);
countTicks();
(form.querySelector("[name^='pages.']") ?? form.querySelector("a.primary"))?.focus();
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit();
  }
});

function tell(row, kind, sentence) {
  const place = row.querySelector("[data-result]");
  const words = document.createElement("span");
  words.className = kind;
  words.textContent = sentence;
  place.querySelector(":scope > span")?.remove();
  place.prepend(words);
}

// One question, one answer, then the line is closed: that is how the service works.  False: nobody is there.
function ask(address, message, seconds) {
  return new Promise((settle) => {
    const line = new WebSocket(address);
    let open = false;
    const end = () => { clearTimeout(clock); line.onclose = null; line.close(); settle(open); };
    const clock = setTimeout(end, seconds * 1000);
    line.onopen = () => { open = true; line.send(JSON.stringify(message)); };
    line.onmessage = end;
    line.onclose = end;
  });
}

async function sealed(row) {
  const id = row.dataset.row;
  const address = `/seal/${encodeURIComponent(id)}`;
  tell(row, "muted", form.dataset.working);
  const begun = await fetch(address, { method: "POST", body: new FormData(form) });
  const ticket = await begun.json();
  if (begun.ok && ticket.part) tell(row, "muted", `${form.dataset.working} ${ticket.part}`);
  if (!begun.ok) {
    tell(row, "problem", ticket.trouble);
    row.querySelector("[data-cover]").hidden = !ticket.corner;
    return true;
  }
  const there = await ask(ticket.address, ticket.message, ticket.seconds);
  const found = await (await fetch(address)).json();
  if (found.more) return sealed(row);  // an attachment is sealed: the next file of the same paper
  if (found.sealed) {
    row.classList.add("done");
    tell(row, "good", form.dataset.done);
    for (const one of row.querySelectorAll("input")) one.remove();
    for (const one of row.querySelectorAll("select")) one.replaceWith(one.value);
  } else {
    tell(row, "problem", there ? found.trouble : form.dataset.closed);
    if (there && found.corner) row.querySelector("[data-cover]").hidden = false;
  }
  return there;
}

async function sealAll() {
  const button = form.querySelector("[data-main]");
  button.disabled = true;
  for (const tick of ticks().filter((one) => one.checked)) {
    const row = tick.closest("[data-row]");
    try {
      if (!(await sealed(row))) break;
    } catch {
      tell(row, "problem", form.dataset.gone);
      break;
    }
  }
  button.disabled = false;
  countTicks();
}

if ("program" in form.dataset) {
  form.addEventListener("submit", (event) => {
    if (!ticks().some((one) => one.checked)) return;  // the gateway says that nothing is ticked
    event.preventDefault();
    event.stopPropagation();
    if (!form.querySelector("[data-main]").disabled) sealAll();
  }, { capture: true });
  // Not earlier: a form sent in the browser's own way reaches no program, and seals nothing.
  const button = form.querySelector("[data-main]");
  if (button) button.disabled = false;
}
