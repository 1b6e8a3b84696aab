// Recipients: type-ahead over the directory, chips, suggestions from the paper.

export function address() {
  const field = document.querySelector("[data-to]");
  if (!field) return;
  const seek = field.querySelector("[data-seek]");
  const list = field.querySelector("#found");
  const chips = field.querySelector("[data-chips]");
  const template = field.querySelector("[data-chip]");
  const nobody = field.querySelector("[data-none]").textContent;
  let found = [];
  let at = -1;
  let asked = 0;
  let pause = 0;

  const taken = () => new Set([...chips.querySelectorAll("input")].map((one) => one.value));
  const changed = () => field.dispatchEvent(new Event("change", { bubbles: true }));

  const add = (body) => {
    if (!taken().has(body.code)) {
      const chip = template.content.firstElementChild.cloneNode(true);
      chip.querySelector("input").value = body.code;
      chip.querySelector("span").textContent = body.name;
      chip.querySelector("small").textContent = body.code;
      chips.append(chip);
    }
    for (const one of field.querySelectorAll("[data-add]")) if (one.dataset.add === body.code) one.hidden = true;
    field.classList.remove("wrong");
    changed();
  };

  const close = () => {
    list.hidden = true;
    at = -1;
    seek.setAttribute("aria-expanded", "false");
    seek.removeAttribute("aria-activedescendant");
  };

  const point = (to) => {
    at = Math.max(0, Math.min(found.length - 1, to));
    [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    list.children[at]?.scrollIntoView({ block: "nearest" });
    seek.setAttribute("aria-activedescendant", `found-${at}`);
  };

  const choose = (index) => {
    if (!found[index]) return;
    add(found[index]);
    seek.value = "";
    close();
    seek.focus();
  };

  const draw = () => {
    list.replaceChildren(...found.map((body, index) => {
      const row = document.createElement("li");
      row.id = `found-${index}`;
      row.role = "option";
      const name = document.createElement("span");
      name.textContent = body.name;
      const more = document.createElement("small");
      more.className = "muted";
      more.textContent = body.parent ? `${body.parent} · ${body.code}` : body.code;
      row.append(name, more);
      return row;
    }));
    if (!found.length) {
      const row = document.createElement("li");
      row.className = "nobody";
      row.textContent = nobody;
      list.append(row);
    }
    list.hidden = false;
    seek.setAttribute("aria-expanded", "true");
    if (found.length) point(0);
  };

  const ask = async () => {
    const text = seek.value.trim();
    if (!text) return close();
    const mine = ++asked;
    const answer = await fetch(`/directory?q=${encodeURIComponent(text)}`);
    if (!answer.ok || mine !== asked) return undefined;
    const have = taken();
    found = (await answer.json()).filter((body) => !have.has(body.code));
    return draw();
  };

  seek.addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(ask, 120); });
  seek.addEventListener("blur", () => setTimeout(close, 150));
  seek.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); point(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); point(at - 1); }
    if (event.key === "Enter" && !event.ctrlKey && !list.hidden) { event.preventDefault(); event.stopPropagation(); choose(at); }
    if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    if (event.altKey && /^[1-9]$/.test(event.key)) {
      event.preventDefault();
      field.querySelectorAll("[data-add]")[Number(event.key) - 1]?.click();
    }
    if (event.key === "Backspace" && !seek.value && chips.lastElementChild) { chips.lastElementChild.remove(); changed(); }
  });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[role=option]");
    if (row) choose([...list.children].indexOf(row));
  });
  field.addEventListener("click", (event) => {
    const dropped = event.target.closest("[data-drop]")?.closest(".chip");
    if (dropped) {
      const code = dropped.querySelector("input").value;
      for (const one of field.querySelectorAll("[data-add]")) if (one.dataset.add === code) one.hidden = false;
      dropped.remove();
      changed();
    }
    const suggestion = event.target.closest("[data-add]");
    if (suggestion) add({ code: suggestion.dataset.add, name: suggestion.dataset.name });
  });
  const way = () => { field.querySelector("[data-sendable]").hidden = field.querySelector("[name=send]:checked").value !== "1"; };
  field.addEventListener("change", way);
  way();
}
