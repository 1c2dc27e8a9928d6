// Live results: asks for the answer again when a question's answer changes. Without this script the button does.
"use strict";
const form = document.getElementById("questions");
const answer = document.getElementById("answer");
const status = document.getElementById("status");
let asked = "";
let running = null;
let timer = 0;

const query = () => new URLSearchParams(new FormData(form)).toString();

/** Shows at each question what is wrong with its answer. */
function mark(problems) {
  for (const place of form.querySelectorAll(".problem")) {
    const id = place.id.replace(/-problem$/, "");
    const told = problems.filter((one) => one.dataset.question === id).map((one) => one.dataset.message);
    place.textContent = told.join("; ");
    const field = document.getElementById(id);
    if (told.length > 0) {
      field.setAttribute("aria-invalid", "true");
    } else {
      field.removeAttribute("aria-invalid");
    }
  }
}

async function update() {
  const wanted = query();
  if (wanted === asked) {
    return;
  }
  running?.abort();
  running = new AbortController();
  answer.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(`/console/advice/answer?${wanted}`, { signal: running.signal });
    if (response.status === 503) {
      later(1000);
      return;
    }
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const problems = [...page.querySelectorAll("[data-question]")];
    // Opened tables stay open.
    const open = [...answer.querySelectorAll("details")].map((one) => one.open);
    mark(problems);
    answer.replaceChildren(...page.body.childNodes);
    answer.querySelectorAll("details").forEach((one, at) => { one.open = open[at] ?? false; });
    const said = answer.querySelector("[data-said]")?.textContent;
    status.textContent = said ? `Updated. ${said}` : `${problems.length} to mend.`;
    asked = wanted;
    history.replaceState(null, "", `/console/advice?${wanted}`);
    answer.removeAttribute("aria-busy");
  } catch (error) {
    if (error.name !== "AbortError") {
      status.textContent = "The server does not answer; the answer shown is an older one.";
    }
  }
}

function later(ms) {
  clearTimeout(timer);
  timer = setTimeout(update, ms);
}

asked = query();
form.querySelector(".live").hidden = false;
form.addEventListener("input", () => later(250));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  asked = "";
  update().then(() => answer.scrollIntoView({ block: "start" }));
});
