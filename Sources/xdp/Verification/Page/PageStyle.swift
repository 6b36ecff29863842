/// How the page looks, and the few lines of script that show what belongs together; free of `<` and `&`.
enum PageStyle {
  /// The style sheet.
  static let sheet = """
    :root { color-scheme: light dark; --back: #fff; --text: #1c1e21; --dim: #6b7280; --line: #d8dce2;
      --way: #fff3d6; --bad: #c62828; --badback: #fde4e4; --good: #2e7d32; --mark: #dbe9ff; --edge: #9aa3af; }
    @media (prefers-color-scheme: dark) { :root { --back: #16181c; --text: #e4e6ea; --dim: #9aa3af;
      --line: #343941; --way: #3a3118; --bad: #ff8a80; --badback: #4a1f1f; --good: #81c784; --mark: #24364f;
      --edge: #6b7280; } }
    body { margin: 2rem; background: var(--back); color: var(--text); font: 15px/1.45 system-ui, sans-serif; }
    pre, table, svg text { font-family: ui-monospace, monospace; font-size: 13px; }
    h1 { font-size: 1.4rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; }
    .accepted { color: var(--good); } .refused { color: var(--bad); } .dim { color: var(--dim); }
    pre.message { padding: .8rem 1rem; border-left: 4px solid var(--bad); background: var(--badback);
      overflow-x: auto; white-space: pre-wrap; }
    .sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.5rem; }
    .side, .graph { max-height: 75vh; overflow: auto; border: 1px solid var(--line); border-radius: 6px; }
    table { border-collapse: collapse; width: 100%; } td { padding: 0 .6rem; white-space: pre; }
    td.number { color: var(--dim); text-align: right; width: 1%; } td.name { font-weight: 600; padding-top: .5rem; }
    tr.way { background: var(--way); } tr.fails { background: var(--badback); font-weight: 600; }
    tr.marked, tr:target { outline: 2px solid var(--mark); background: var(--mark); }
    .live tr[data-line] { cursor: pointer; }
    .graph { padding: .5rem; } .block rect { fill: var(--back); stroke: var(--edge); }
    .block.way rect { fill: var(--way); } .block.fails rect { fill: var(--badback); stroke: var(--bad); }
    svg text { fill: var(--text); text-anchor: middle; } svg text.line { fill: var(--dim); font-size: 11px; }
    .edge { fill: none; stroke: var(--edge); } .edge.back { stroke-dasharray: 4 3; }
    .edge.way { stroke: var(--bad); stroke-width: 2; }
    """

  /// Marks the source line of the instruction under the pointer, and the instructions of a source line.
  static let script = """
    for (const row of document.querySelectorAll('tr[data-line]')) {
      const alike = document.querySelectorAll('tr[data-line="' + row.dataset.line + '"]');
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
