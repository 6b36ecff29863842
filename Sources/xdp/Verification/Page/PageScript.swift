/// The few lines of script that show what belongs together, and states on hover; free of `<` and `&`.
enum PageScript {
  /// Marks the source line of the instruction under the pointer, and the instructions of a source line; shows a card with
  /// what is known before the instruction under the pointer, or before the block of the graph.
  static let text = """
    const card = document.getElementById('state');
    const add = (parent, name, text, kind) => {
      const element = document.createElement(name);
      element.textContent = text || '';
      if (kind) element.className = kind;
      parent.append(element);
      return element;
    };
    const hide = () => { card.hidden = true; };
    const show = (row, anchor) => {
      card.replaceChildren();
      const head = add(card, 'p');
      add(head, 'b', row.dataset.title);
      head.append(row.dataset.place);
      const table = add(card, 'table');
      for (const line of row.dataset.state.split('\\n')) {
        const isRead = line.startsWith('*'), word = isRead ? line.slice(1) : line, cut = word.indexOf('=');
        if (cut === -1) continue;
        const entry = add(table, 'tr', '', isRead ? 'read' : '');
        add(entry, 'td', word.slice(0, cut));
        add(entry, 'td', word.slice(cut + 1));
      }
      if (!table.firstChild) add(card, 'p', 'No register holds anything that is known.');
      card.hidden = false;
      const place = anchor.getBoundingClientRect(), size = card.getBoundingClientRect(), below = place.bottom + 4;
      const fits = below + size.height + 6 - innerHeight === Math.min(below + size.height + 6 - innerHeight, 0);
      card.style.top = (fits ? below : Math.max(6, place.top - size.height - 4)) + 'px';
      card.style.left = Math.max(6, Math.min(place.left + 48, innerWidth - size.width - 16)) + 'px';
    };
    for (const row of document.querySelectorAll('tr[data-state]')) {
      for (const event of ['mouseenter', 'focus']) row.addEventListener(event, () => show(row, row));
      for (const event of ['mouseleave', 'blur']) row.addEventListener(event, hide);
    }
    for (const link of document.querySelectorAll('svg a')) {
      const row = document.getElementById(link.getAttribute('href').slice(1));
      if (!row || row.dataset.state === undefined) continue;
      link.addEventListener('mouseenter', () => show(row, link));
      link.addEventListener('mouseleave', hide);
    }
    document.addEventListener('scroll', hide, true);
    for (const row of document.querySelectorAll('tr[data-line]')) {
      const alike = document.querySelectorAll('tr[data-line="' + CSS.escape(row.dataset.line) + '"]');
      const mark = on => alike.forEach(other => other.classList.toggle('marked', on));
      row.addEventListener('mouseenter', () => mark(true));
      row.addEventListener('mouseleave', () => mark(false));
      row.addEventListener('click', () => alike.forEach(other => {
        if (other.parentElement !== row.parentElement) other.scrollIntoView({ block: 'nearest' });
      }));
    }
    for (const row of document.querySelectorAll('tr.fails')) row.scrollIntoView({ block: 'nearest' });
    scrollTo(0, 0);
    document.body.classList.add('live');
    """
}
