// What the page's scripts share: they are one script in the page, this file first.

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const state = new URLSearchParams(location.hash.includes('=') ? location.hash.slice(1) : '');
const keep = (key, value) => {
  if (value) state.set(key, value);
  else state.delete(key);
  // Not an entry of the history for each step of a control.
  history.replaceState(null, '', state.size ? `#${state}` : location.pathname + location.search);
};

// Shows which row the pointer or the focus is on, wherever it stands.
const hot = (name) => {
  for (const it of all('.hot')) it.classList.remove('hot');
  if (!name) return;
  for (const it of all('[data-row]')) it.classList.toggle('hot', it.dataset.row === name);
};
