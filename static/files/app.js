// Latchkey: progressive enhancement only. Every page works with this file blocked.
// The content policy holds here too: no text turned into HTML or code (trusted types), no style attribute.
const $$ = (s, r = document) => r.querySelectorAll(s);
const say = (m) => { const s = document.getElementById('live'); if (s) s.textContent = m; };

// 1. Times: server renders UTC text inside <time datetime>; we replace it with the reader's zone.
// British spelling of dates, because it is how the server writes them: one page, one way.
const lang = 'en-GB';
const format = (o) => new Intl.DateTimeFormat(lang, o);
const formats = {
  relative: { format: ago },
  exact: format({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' }),
  clock: format({ timeStyle: 'short' }),
  day: format({ day: 'numeric', month: 'long', year: 'numeric' }),
  full: format({ day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }),
};
const long = format({ dateStyle: 'full', timeStyle: 'long' });
const rel = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
const units = [['year', 31536e6], ['month', 2592e6], ['week', 6048e5], ['day', 864e5], ['hour', 36e5], ['minute', 6e4]];
function ago(d) {
  const ms = d - Date.now();
  for (const [u, n] of units) if (Math.abs(ms) >= n) return rel.format(Math.round(ms / n), u);
  return 'just now';
}
// A reader who chose a zone has it from the server already: then only "3 days ago" is written here.
const chosen = document.documentElement.dataset.zone;
for (const t of $$('time[datetime*="T"]')) {
  const d = new Date(t.dateTime);
  if (isNaN(d)) continue;
  const form = t.dataset.format, text = t.textContent;
  if (!chosen || form === 'relative') t.textContent = (formats[form] || formats.full).format(d);
  t.title = chosen ? text : long.format(d);
}

// 2. Show / hide password. Button is rendered hidden and revealed here, so no dead control without JS.
for (const b of $$('button[data-js=reveal]')) {
  const i = document.getElementById(b.getAttribute('aria-controls'));
  const set = (on) => {
    i.type = on ? 'text' : 'password';
    b.firstChild.data = on ? 'Hide ' : 'Show ';
  };
  b.hidden = false;
  b.addEventListener('click', () => { set(i.type === 'password'); say(i.type === 'text' ? 'Your password is shown' : 'Your password is hidden'); });
  i.form?.addEventListener('submit', () => set(false)); // never leave a text field in autofill history
}

// 3. Copy and print buttons, with a confirmation on the button and a spoken one.
for (const b of $$('button[data-js=copy]')) {
  if (!navigator.clipboard) continue;
  b.hidden = false;
  const label = b.firstChild.data;
  let back;
  const told = (shown, spoken) => {
    say(''); // the same words twice in a row are spoken twice
    say(spoken);
    b.firstChild.data = shown + ' ';
    clearTimeout(back);
    back = setTimeout(() => { b.firstChild.data = label; }, 4000);
  };
  b.addEventListener('click', () => {
    const src = document.getElementById(b.getAttribute('aria-controls'));
    const text = [...$$('li', src)].map((l) => l.textContent.trim()).join('\n') || (src.tagName === 'PRE' ? src.textContent : src.textContent.replaceAll(' ', '').trim());
    navigator.clipboard.writeText(text).then(() => told('Copied', b.dataset.done || 'Copied'), () => told('Not copied', 'Copying did not work. Select the text instead.'));
  });
}
for (const b of $$('button[data-js=print]')) { b.hidden = false; b.addEventListener('click', () => print()); }

// 4. Errors first: move focus to the summary so it is read and visible.
document.getElementById('problem')?.focus();

// 5. One submit per click. aria-disabled, not disabled: the button keeps focus and its name=value is still sent.
for (const f of $$('form[method=post]')) {
  let sent = false;
  f.addEventListener('submit', (e) => {
    if (sent) { e.preventDefault(); return; }
    sent = true;
    e.submitter?.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', () => { sent = false; for (const b of $$('[aria-disabled]', f)) b.removeAttribute('aria-disabled'); });
}

// 6. Wait pages (429): tell people when they may try again, politely, without a ticking live region.
for (const el of $$('[data-js=retry]')) {
  const at = new Date(el.querySelector('time')?.dateTime);
  const left = at - Date.now();
  if (left > 0 && left < 36e5) setTimeout(() => { say('You can try again now'); el.querySelector('a')?.removeAttribute('hidden'); }, left);
}

// 7. The person's menu closes when it is left. Without script it stays, and the page makes room for it.
for (const me of $$('details.me')) {
  const left = (e) => { if (me.open && !me.contains(e)) me.open = false; };
  addEventListener('pointerdown', (e) => left(e.target));
  me.addEventListener('focusout', (e) => { if (e.relatedTarget) left(e.relatedTarget); });
  me.addEventListener('keydown', (e) => { if (e.key === 'Escape' && me.open) { me.open = false; me.querySelector('summary').focus(); } });
}

// 7. Ticked rows: how many, and ticking all of the page without losing what else is filled in.
for (const f of $$('form[data-js=select]')) {
  const boxes = [...$$('td.pick input:not(:disabled)', f)], count = f.querySelector('[data-js=count]');
  if (!count || !boxes.length) continue;
  const words = document.createElement('strong');
  const show = () => {
    const n = boxes.filter((b) => b.checked).length;
    words.textContent = `${n} selected`;
    count.replaceChildren(...(n ? [words, ' · '] : []));
    for (const l of $$('[data-js=none]', f)) l.hidden = !n;
  };
  const tick = (on) => { for (const b of boxes) b.checked = on; show(); say(words.textContent); };
  f.addEventListener('change', show);
  for (const l of $$('[data-js=all],[data-js=none]', f)) l.addEventListener('click', (e) => { e.preventDefault(); tick(l.dataset.js === 'all'); });
  addEventListener('pageshow', show);
}
