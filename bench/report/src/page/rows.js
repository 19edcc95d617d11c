// Rows are sorted, filtered and marked. Without scripts all of them are there to read.
{
  const marked = new Set((state.get('mark') ?? '').split('|').filter(Boolean));
  //
  const rows = all('tr[data-row]');
  const selects = all('#filters select');
  const onlyMarked = one('#only-marked');
  const show = () => {
    for (const row of rows) {
      const is = marked.has(row.dataset.row);
      row.classList.toggle('marked', is);
      one('.star', row)?.setAttribute('aria-pressed', is);
      const fits = selects.every((it) => !it.value || row.dataset[it.dataset.axis] === it.value);
      if (row.dataset.compute) row.hidden = !fits || (onlyMarked.checked && !is);
    }
  };
  for (const row of rows.filter((it) => it.dataset.compute)) {
    const star = document.createElement('button');
    star.type = 'button';
    star.className = 'star';
    star.textContent = '★';
    star.setAttribute('aria-label', `mark ${row.dataset.row}`);
    star.addEventListener('click', () => {
      if (!marked.delete(row.dataset.row)) marked.add(row.dataset.row);
      keep('mark', [...marked].join('|'));
      show();
    });
    row.cells[0].prepend(star);
  }
  for (const select of selects) {
    select.value = state.get(select.dataset.axis) ?? '';
    select.addEventListener('change', () => {
      keep(select.dataset.axis, select.value);
      show();
    });
  }
  if (onlyMarked) {
    onlyMarked.checked = state.has('only');
    onlyMarked.addEventListener('change', () => {
      keep('only', onlyMarked.checked && '1');
      show();
    });
    one('#filters').hidden = false;
    show();
  }

  // Tables are sorted by a click on a column's title: numbers by their value, what has none comes last.
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };
  for (const table of all('table.sortable')) {
    all('thead th', table).forEach((head, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const falling = head.getAttribute('aria-sort') === 'ascending';
        for (const it of all('thead th', table)) it.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
        const sorted = all('tbody tr', table).sort((a, b) => {
          const [x, y] = [key(a, column), key(b, column)];
          if (x === null && y === null) {
            const words = a.cells[column].textContent.localeCompare(b.cells[column].textContent);
            return falling ? -words : words;
          }
          if (x === null || y === null) return x === null ? 1 : -1;
          return falling ? y - x : x - y;
        });
        table.tBodies[0].append(...sorted);
      });
    });
  }

  // A link to a section of a way opens it, and keeps what is chosen in the address.
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.getAttribute('href').slice(1));
    if (!target) return;
    event.preventDefault();
    const details = target.closest('details');
    if (details) details.open = true;
    target.scrollIntoView();
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  });
}
