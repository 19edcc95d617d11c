// The answer follows its controls, by the costs that the page was made with: here nothing is worked out but an order.
const answered = (data) => {
  const [calls, bound, durable] = ['#calls', '#bound', '#durable'].map((id) => one(id));
  const wanted = data.stops.indexOf(Number(state.get('calls')));
  if (wanted >= 0) calls.value = wanted;
  if (state.has('p99')) bound.value = state.get('p99') === 'any' ? '' : state.get('p99');
  if (state.has('durable')) durable.checked = state.get('durable') === '1';
  const usd = (value) => {
    if (value === null) return '–';
    if (value < 0.000001) return '0';
    return value < 0.1 ? value.toFixed(1 - Math.floor(Math.log10(value))) : value.toFixed(2);
  };
  const fill = (name, text) =>
    all(`[data-a="${name}"]`).forEach((it) => {
      it.textContent = text;
    });
  const when = (name, is) =>
    all(`[data-when="${name}"]`).forEach((it) => {
      it.hidden = !is;
    });
  const link = (name, row) => {
    fill(name, row?.name ?? '');
    for (const it of all(`[data-a="${name}"]`)) it.setAttribute('href', `#${row?.id ?? 'answer'}`);
  };
  const chart = one('.scatter svg');
  const marks = all('.scatter .mark');
  const answer = () => {
    const stop = Number(calls.value);
    const most = bound.value ? Number(bound.value) : Infinity;
    const why = (row) => {
      if (row.usd[stop] === null) return 'too many calls';
      if (durable.checked && !row.durable) return 'not durable';
      return row.p99 > most ? 'too slow' : '';
    };
    const order = (a, b) =>
      (a.usd[stop] ?? Infinity) - (b.usd[stop] ?? Infinity) ||
      a.p99 - b.p99 ||
      data.rows.indexOf(a) - data.rows.indexOf(b);
    const ranked = data.rows.filter((row) => !why(row)).sort(order);
    const others = data.rows.filter(why).sort(order);
    const [first, second] = ranked;
    const crossing =
      first &&
      data.crossings.find(
        ([below, above, at]) =>
          data.rows[below] === first &&
          at > data.stops[stop] &&
          data.rows[above].p99 <= most &&
          (data.rows[above].durable || !durable.checked),
      );
    fill('calls', data.calls[stop]);
    fill('fulfil', ranked.length);
    fill('bound', bound.value ? `${bound.value} ms` : 'any');
    fill('usd', first ? usd(first.usd[stop]) : '');
    fill('p99', first?.p99_text ?? '');
    fill('cold', first?.cold?.[stop] ?? '');
    fill('second-usd', second ? usd(second.usd[stop]) : '');
    fill('crossing-calls', crossing ? crossing[3] : '');
    fill('crossing', crossing ? data.rows[crossing[1]].name : '');
    link('first', first);
    link('second', second);
    for (const [name, is] of Object.entries({
      found: first,
      none: !first,
      second,
      durable: durable.checked,
      bound: bound.value,
      crossing,
      cold: first?.cold,
      'no-crossing': first && !crossing,
    }))
      when(name, is);
    one('#calls-shown').textContent = data.calls[stop];
    calls.setAttribute('aria-valuetext', data.calls[stop]);
    const body = one('#ranking tbody');
    const byIndex = new Map(all('tr', body).map((row) => [Number(row.dataset.index), row]));
    body.append(
      ...[...ranked, ...others].map((row, place) => {
        const drawn = byIndex.get(data.rows.indexOf(row));
        drawn.classList.toggle('out', place >= ranked.length);
        one('.place', drawn).textContent = place < ranked.length ? place + 1 : '';
        one('.usd', drawn).textContent = usd(row.usd[stop]);
        const cold = one('.cold', drawn);
        if (cold) cold.textContent = row.cold?.[stop] ?? '–';
        one('.why', drawn).textContent = why(row);
        return drawn;
      }),
    );
    if (chart) place(stop, why);
  };

  // Marks move along x, whose ticks are drawn again; y stays as it is.
  const place = (stop, why) => {
    if (!data.axes[stop]) return;
    const [[low, high], ticks, front] = data.axes[stop];
    const best = front.map((index) => data.rows[index]);
    const [, , from, to] = chart.dataset.x.split(' ').map(Number);
    const [yLow, yHigh, bottom, top] = chart.dataset.y.split(' ').map(Number);
    const share = (value, a, b) => Math.min(1, Math.max(0, Math.log(value / a) / Math.log(b / a)));
    const x = (value) => from + Math.round((to - from) * share(value, low, high));
    const y = (value) => top + Math.round((bottom - top) * (1 - share(value, yLow, yHigh)));
    const draw = (tag, attributes) => {
      const it = document.createElementNS('http://www.w3.org/2000/svg', tag);
      for (const [name, value] of Object.entries(attributes)) it.setAttribute(name, value);
      chart.prepend(it);
      return it;
    };
    for (const it of all('.x', chart)) it.remove();
    for (const [value, text] of ticks) {
      draw('path', { class: 'mesh x', d: `M${x(value)} ${top}V${bottom}` });
      draw('text', { class: 'm x', x: x(value), y: bottom + 19 }).textContent = text;
    }
    data.rows.forEach((row, index) => {
      const mark = marks[index];
      const cost = row.usd[stop];
      mark.setAttribute('visibility', cost === null ? 'hidden' : 'visible');
      mark.classList.toggle('named', best.includes(row));
      mark.classList.toggle('out', Boolean(why(row)));
      if (cost === null) return;
      mark.setAttribute('transform', `translate(${x(cost)} ${y(row.p99)})`);
      const right = x(cost) > (from + to) / 2;
      const text = one('text', mark);
      text.setAttribute('class', right ? 'e' : 's');
      text.setAttribute('x', right ? -11 : 11);
      const about = `${row.name}: $${usd(cost)} a month, ${row.about}`;
      one('title', mark).textContent = about;
    });
    one('.reference', chart)?.setAttribute('d', `M${best.map((row) => `${x(row.usd[stop])} ${y(row.p99)}`).join('L')}`);
  };
  for (const mark of marks) {
    const on = () => {
      hot(mark.dataset.row);
      one('#shown-mark').textContent = one('title', mark).textContent;
    };
    for (const event of ['pointerenter', 'focus']) mark.addEventListener(event, on);
    for (const event of ['pointerleave', 'blur']) mark.addEventListener(event, () => hot());
  }
  const changed = () => {
    keep('calls', String(data.stops[calls.value]));
    keep('p99', bound.value || 'any');
    keep('durable', durable.checked ? '1' : '0');
    answer();
  };
  for (const control of [calls, bound, durable]) control.addEventListener('input', changed);
  one('#controls').hidden = false;
  answer();
};
if (one('#data')) answered(JSON.parse(one('#data').textContent));
