// Keeps an open page of the desk up to date: what has changed is fetched and put in its place, but nothing that a person
// is working on. Without this script the page is loaded again by hand.

const notice = document.getElementById('changed');
let address = notice.dataset.changes;
let events;

function listen() {
  if (events || document.hidden) return;
  events = new EventSource(address);
  events.addEventListener('changed', ({ data }) => {
    const { seen, text } = JSON.parse(data);
    const next = new URL(address, location.href);
    next.searchParams.set('seen', seen);
    address = next.pathname + next.search;
    void update(text);
  });
  events.addEventListener('ended', ({ data }) => {
    stop();
    say(JSON.parse(data).text, 'Go on');
  });
}

/** A browser opens few connections to one site: a page that nobody sees gives its own back. */
function stop() {
  events?.close();
  events = undefined;
}

/** Puts what is new in the place of what is shown, part by part. */
async function update(text) {
  const fresh = await load();
  if (!fresh) return say(text, 'Load the page again');
  let left = 0;
  for (const part of document.querySelectorAll('[data-part]')) {
    const { part: name } = part.dataset;
    const now = fresh.querySelector(`[data-part="${name}"]`);
    if (!now || part.isEqualNode(now)) continue;
    if (isInUse(part)) {
      left += 1;
      continue;
    }
    keepOpen(part, now);
    part.replaceWith(now);
  }
  offerAll();
  return left === 0
    ? say(text)
    : say(`${text} What you are working on was left as it is.`, 'Show what is new');
}

async function load() {
  try {
    const response = await fetch(notice.dataset.page, { headers: { accept: 'text/html' } });
    return response.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a person types in it, has typed or chosen something, or is about to press a button of it. */
function isInUse(part) {
  if (part.contains(document.activeElement)) return true;
  if (part.matches(':hover') && part.querySelector('button')) return true;
  return [...part.querySelectorAll('input')].some((control) => {
    if (control.type === 'checkbox') return control.checked !== control.defaultChecked;
    return control.value !== control.defaultValue;
  });
}

/** What was unfolded stays so. */
function keepOpen(part, now) {
  const folded = now.querySelectorAll('details');
  for (const [index, details] of part.querySelectorAll('details').entries())
    if (details.open) folded[index]?.setAttribute('open', '');
}

/** One box for all of a list's, which only a script can tick. */
function offerAll() {
  for (const label of document.querySelectorAll('[data-all]')) label.hidden = false;
}

/** Says it to everybody, and to who hears the page read. */
function say(text, link) {
  notice.textContent = text;
  if (link === undefined) return;
  const anchor = document.createElement('a');
  anchor.href = notice.dataset.page;
  anchor.textContent = link;
  notice.append(' ', anchor);
}

document.addEventListener('change', ({ target }) => {
  if (!target.closest('[data-all]')) return;
  for (const box of document.querySelectorAll('input[name="payment"]')) box.checked = target.checked;
});
document.addEventListener('visibilitychange', () => (document.hidden ? stop() : listen()));
addEventListener('pagehide', stop);
addEventListener('pageshow', listen);
listen();
offerAll();
