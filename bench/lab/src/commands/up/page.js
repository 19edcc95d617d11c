// Fetches what changes each second while the page is seen, and copies what is to be copied.

const live = () => [...document.querySelectorAll('[data-live]')];
const copyable = () => {
  for (const code of document.querySelectorAll('code:not([data-copied])')) {
    code.dataset.copied = '';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'copy';
    button.setAttribute('aria-label', `copy ${code.textContent.split('\n')[0]}`);
    button.addEventListener('click', () => navigator.clipboard.writeText(code.textContent));
    (code.closest('pre') ?? code).after(button);
  }
};
const refresh = async () => {
  // Nothing is replaced under somebody's hands.
  const used = live().some((part) => part.contains(document.activeElement)) || !getSelection().isCollapsed;
  if (!document.hidden && !used) {
    try {
      const answer = await fetch(live()[0].dataset.live);
      const got = document.createElement('template');
      if (answer.ok) got.innerHTML = await answer.text();
      for (const part of [...got.content.children]) document.getElementById(part.id).replaceWith(part);
      copyable();
    } catch {
      document.title = 'lab up: ended';
    }
  }
  setTimeout(refresh, 1000);
};
copyable();
setTimeout(refresh, 1000);
