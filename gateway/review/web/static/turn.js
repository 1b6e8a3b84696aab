// Turning over: the next paper is drawn into the open window, which a browser does far sooner than it builds a new one.
// Where anything is out of the ordinary the browser goes its own way, as if this script were not there.

let ahead = null;
let busy = false;

// The first page of the paper that comes next is drawn while this one is looked at.  It is kept by this window alone.
export function lookAhead(link) {
  ahead = null;
  if (!link) return;
  const address = new URL(link.href);
  address.pathname += "/pages/1.png";
  address.search = "?w=1600";
  ahead = new Image();
  ahead.decoding = "async";
  ahead.fetchPriority = "low";
  ahead.src = address.href;
}

// Puts the picture that is here already in the place of the page's own.  Call it with the page's nodes taken over by this
// window, and not shown yet: then neither is fetched again.
function takePicture(nodes) {
  const image = nodes.querySelector("[data-sheet] img");
  const failed = ahead?.complete && !ahead.naturalWidth;
  if (ahead && !failed && image && new URL(ahead.src).pathname === new URL(image.src).pathname) {
    ahead.alt = image.alt;
    image.replaceWith(ahead);
  }
  ahead = null;
}

// True when the answer was the page of a paper and stands in the window now.
async function draw(answer, open) {
  if (!answer.headers.get("content-type")?.startsWith("text/html")) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const main = page.getElementById("main");
  if (!main?.querySelector("[data-paper]")) return false;
  const picture = main.querySelector("[data-sheet] img");
  if (picture) picture.loading = "lazy"; // so that it is not fetched before the one that is here takes its place
  const nodes = document.createDocumentFragment();
  nodes.append(...main.childNodes);
  takePicture(nodes);
  if (nodes.contains(picture)) picture.loading = "eager";
  if (answer.ok) history.pushState(null, "", answer.url);
  document.title = page.title;
  document.getElementById("main").replaceChildren(nodes);
  open();
  return true;
}

async function turn(request, open, otherwise) {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(request);
    if (!(await draw(answer, open))) {
      if (answer.redirected && answer.ok) location.assign(answer.url);
      else otherwise();
    }
  } catch {
    otherwise();
  } finally {
    busy = false;
  }
}

// `open()` sets a new paper up; `leave()` ends what listens for the old one.
export function startTurning(open, leave) {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!form.matches("[data-entries]") || form.dataset.plain || event.defaultPrevented) return;
    event.preventDefault();
    leave();
    const body = new URLSearchParams(new FormData(form, submitter));
    const address = submitter?.hasAttribute("formaction") ? submitter.formAction : form.action;
    turn(new Request(address, { method: "POST", body, headers: { Accept: "text/html" } }), open, () => {
      form.dataset.plain = "1";
      delete form.dataset.sent;
      for (const one of form.querySelectorAll("button")) one.disabled = false;
      form.requestSubmit(submitter);
    });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-next][href], a[data-previous][href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave();
    turn(new Request(link.href, { headers: { Accept: "text/html" } }), open, () => location.assign(link.href));
  });
  window.addEventListener("popstate", () => location.reload());
}
