// What every page does: dialogs, keys, the live stream, short messages.

const word = document.body.dataset.word;

export function typing(target) {
  return target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]") !== null;
}

export function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

export function say(text, link) {
  const place = document.querySelector("[data-toasts]");
  if (!place) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.append(text);
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    toast.append(anchor);
  }
  place.replaceChildren(toast);
  if (!link) setTimeout(() => toast.remove(), 5000);
}

// On a phone a row's cells stand below each other: each says what it is.
for (const table of document.querySelectorAll(".plain-table")) {
  const heads = [...table.querySelectorAll("thead th")].map((head) => (head.querySelector(".sr") ? "" : head.textContent.trim()));
  for (const row of table.querySelectorAll("tbody tr")) {
    [...row.cells].forEach((cell, place) => { if (place && heads[place] && cell.colSpan === 1 && !cell.querySelector("form")) cell.dataset.label = heads[place]; });
  }
}

// Replaces what stands in `place` by the server's own drawing of it.
export async function redraw(place, address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok) return false;
  const drawn = new DOMParser().parseFromString(await answer.text(), "text/html");
  place.replaceChildren(...drawn.body.childNodes);
  return true;
}

// Calls the listener of "desk" and "paper" events; the dot at the top shows whether the stream stands.  Gives its end.
export function listen(address, listeners) {
  const dot = document.querySelector("[data-live]");
  const stream = new EventSource(address);
  stream.onopen = () => { dot?.classList.add("on"); dot?.classList.remove("off"); };
  stream.onerror = () => { dot?.classList.add("off"); dot?.classList.remove("on"); };
  for (const [name, listener] of Object.entries(listeners)) {
    stream.addEventListener(name, (event) => listener(JSON.parse(event.data)));
  }
  const end = () => { window.removeEventListener("pagehide", end); stream.close(); };
  window.addEventListener("pagehide", end);
  return end;
}

export function showCounts(counts) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const count = counts[place.dataset.count];
    if (count === undefined) continue;
    place.textContent = count;
    place.classList.toggle("zero", count === 0);
  }
}

export { word };

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) {
    opener.closest("details")?.removeAttribute("open");
    openDialog(opener.dataset.open);
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  for (const menu of document.querySelectorAll("details.me[open], details.more[open]")) {
    if (!menu.contains(event.target)) menu.removeAttribute("open");
  }
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (typing(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    openDialog("help");
  }
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q")?.focus();
  }
});

// A form goes out once: a second click must not sign twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.method === "get") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  const button = event.submitter;
  if (button && form.dataset.busy) button.lastChild.textContent = ` ${form.dataset.busy}`;
  setTimeout(() => { for (const one of form.querySelectorAll("button")) one.disabled = true; });
});
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

export function openAsked() {
  for (const dialog of document.querySelectorAll("dialog[data-opened]")) if (!dialog.open) dialog.showModal();
}
openAsked();
if (document.querySelector(".tiles")) listen("/live", { desk: (news) => showCounts(news.counts) });
