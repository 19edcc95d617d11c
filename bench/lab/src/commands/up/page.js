// Fetches what changes each second while the page is seen, and copies what is to be copied.

const live = document.querySelector('#live');
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
  if (!document.hidden && !live.contains(document.activeElement) && getSelection().isCollapsed) {
    try {
      const answer = await fetch(live.dataset.path);
      if (answer.ok) live.innerHTML = await answer.text();
      copyable();
    } catch {
      document.title = 'lab up: ended';
    }
  }
  setTimeout(refresh, 1000);
};
copyable();
setTimeout(refresh, 1000);
