// The page works without this file. With it, messages go in the background and what changed comes by itself.
"use strict";
const phone = document.querySelector(".phone");
const query = "?seat=" + encodeURIComponent(phone.dataset.seat);
const log = document.getElementById("log");
const scroll = document.getElementById("scroll");
const field = document.getElementById("text");
const photo = document.getElementById("photo");
const alertLine = document.getElementById("alert");
const EVERY = 2000; // milliseconds between two looks while the page is visible
const etags = {};
document.documentElement.classList.add("js");

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), b => b.toString(16).padStart(2, "0")).join("");

// The log follows what is new unless she has scrolled up to read.
let follow = true;
let rest = 0;
scroll.addEventListener("scroll", () => {
  clearTimeout(rest);
  rest = setTimeout(() => {
    follow = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
  }, 150);
});
function toEnd() {
  follow = true;
  scroll.scrollTop = scroll.scrollHeight;
}

function say(sentence) {
  alertLine.textContent = sentence;
  alertLine.hidden = !sentence;
}

async function part(url) {
  const headers = etags[url] ? { "If-None-Match": etags[url] } : {};
  const answer = await fetch(url, { headers, cache: "no-store" });
  if (answer.status !== 200) return null;
  etags[url] = answer.headers.get("ETag");
  return answer.text();
}

// Only what is new enters the log, so a screen reader reads only that. What is still being sent stays last.
function merge(html) {
  const fresh = document.createElement("ol");
  fresh.innerHTML = html;
  const lines = Array.from(fresh.children);
  const wanted = new Set(lines.map(line => line.id));
  for (const line of Array.from(log.children)) {
    if (!wanted.has(line.id) && !line.classList.contains("sending")) line.remove();
  }
  lines.forEach((line, place) => {
    const now = log.children[place];
    if (now && now.id === line.id) {
      now.className = line.className;
      if (now.innerHTML !== line.innerHTML) now.innerHTML = line.innerHTML;
    } else {
      line.classList.add("new");
      log.insertBefore(line, now || null);
    }
  });
  for (const line of log.querySelectorAll(".sending")) if (wanted.has(line.id)) line.remove();
  if (follow) toEnd();
}

function show(html) {
  const stored = document.getElementById("stored");
  stored.innerHTML = html;
  for (const [name, words] of Object.entries(stored.querySelector(".seen").dataset)) {
    const place = document.getElementById(name);
    if (place) place.textContent = words;
  }
}

let looking = null;
function look() {
  looking = (looking || Promise.resolve()).then(async () => {
    const [chat, stored] = await Promise.all([part("/phone/transcript" + query), part("/phone/stored" + query)]);
    if (chat !== null) merge(chat);
    if (stored !== null) show(stored);
  }).catch(() => {});
  return looking;
}

function pending(id, words) {
  const line = document.createElement("li");
  line.id = "m-" + phone.dataset.seat + ":" + id; // as the server will name it
  line.className = "line mine sending";
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  const p = document.createElement("p");
  p.className = "words";
  p.textContent = words;
  bubble.append(p);
  line.append(bubble);
  log.append(line);
  toEnd();
  return line;
}

// One message after the other, in the order in which they were sent.
let queue = Promise.resolve();
function send(body, words, undo) {
  const line = pending(body.get("id"), words);
  queue = queue.then(async () => {
    const answer = await fetch("/phone/messages", { method: "POST", body, headers: { Accept: "text/plain" } });
    if (!answer.ok) throw new Error(await answer.text());
    say("");
  }).then(look, error => {
    line.remove();
    say(error instanceof TypeError ? phone.dataset.offline : error.message);
    if (undo) undo();
  });
}

function form(id, values) {
  const body = new FormData();
  body.set("seat", phone.dataset.seat);
  body.set("id", id);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

// Words that did not go through keep their id, so sending them again can never make two messages.
const kept = { words: "", id: "" };
document.getElementById("composer").addEventListener("submit", event => {
  event.preventDefault();
  const words = field.value.trim();
  if (words) {
    const id = words === kept.words ? kept.id : newId();
    field.value = "";
    send(form(id, { text: words }), words, () => {
      Object.assign(kept, { words, id });
      if (!field.value) field.value = words;
    });
    Object.assign(kept, { words: "", id: "" });
  }
  field.focus();
});

photo.addEventListener("change", () => {
  const file = photo.files[0];
  if (file) send(form(newId(), { photo: file }), phone.dataset.sending, null);
  photo.value = "";
  field.focus();
});

for (const id of ["choices", "hello"]) {
  document.getElementById(id).addEventListener("submit", event => {
    event.preventDefault();
    const button = event.submitter;
    if (!button || button.dataset.sent) return; // a double click is one press
    button.dataset.sent = "1";
    setTimeout(() => delete button.dataset.sent, 1000);
    send(form(newId(), { [button.name]: button.value }), button.textContent.trim(), null);
    field.focus();
  });
}

const wide = matchMedia("(min-width: 60rem)").matches;
document.getElementById("panel").open = wide;
for (const panel of document.querySelectorAll(".panel")) {
  panel.addEventListener("toggle", () => { if (panel.open && !wide) panel.scrollIntoView(); });
}
toEnd();
look();
setInterval(() => { if (document.visibilityState === "visible") look(); }, EVERY);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") look(); });
