/// How the page looks; free of `<` and `&`.
enum PageStyle {
  /// The style sheet.
  static let sheet = """
    :root { color-scheme: light dark; --back: #f7f8fa; --card: #fff; --text: #1c1e21; --dim: #667080;
      --line: #dfe3e9; --way: #fff4d9; --waybar: #e0a100; --bad: #c62828; --badback: #fdeaea; --good: #23762a;
      --goodback: #e6f4e7; --mark: #dfebff; --edge: #a5adba; --code: #2b4c8c; --shadow: 0 6px 24px #0003; }
    @media (prefers-color-scheme: dark) { :root { --back: #121417; --card: #1a1d21; --text: #e4e6ea;
      --dim: #98a2b0; --line: #2f353d; --way: #332b14; --waybar: #d9a520; --bad: #ff8a80; --badback: #3d1c1e;
      --good: #86d08b; --goodback: #18301b; --mark: #233650; --edge: #606a78; --code: #9dbcf5;
      --shadow: 0 6px 28px #000a; } }
    * { box-sizing: border-box; }
    body { margin: 0 auto; max-width: 100rem; padding: 1.5rem 2rem 4rem; background: var(--back);
      color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
    pre, table, code, svg text, #state { font-family: ui-monospace, "SF Mono", "DejaVu Sans Mono", monospace;
      font-size: 12.5px; }
    header { display: flex; align-items: baseline; gap: 1rem; border-bottom: 1px solid var(--line); }
    header p { margin: 0; } h1 { font-size: 1.35rem; margin: .4rem 0; } h3 { font-size: .95rem; margin: 1.5rem 0 .5rem; }
    h2 { font-size: 1.15rem; margin: 2.5rem 0 .3rem; display: flex; align-items: center; gap: .6rem; }
    h2 .dim { font-size: .85rem; font-weight: 400; } p.dim { margin: .2rem 0; font-size: .9rem; }
    .verdict { font-size: .8rem; padding: .1rem .6rem; border-radius: 1rem; }
    .accepted { color: var(--good); background: var(--goodback); }
    .refused { color: var(--bad); background: var(--badback); } .dim { color: var(--dim); }
    pre.message { padding: .8rem 1rem; border: 1px solid var(--line); border-left: 4px solid var(--bad);
      border-radius: 6px; background: var(--card); overflow-x: auto; white-space: pre-wrap; }
    .sides { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1rem; margin-top: .8rem; }
    @media (max-width: 60rem) { .sides { grid-template-columns: minmax(0, 1fr); } }
    .side, .graph { max-height: 75vh; overflow: auto; border: 1px solid var(--line); border-radius: 8px;
      background: var(--card); }
    table { border-collapse: collapse; width: 100%; } td { padding: 1px .7rem; white-space: pre; }
    td.number { color: var(--dim); text-align: right; width: 1%; user-select: none; }
    td.name { font-weight: 600; padding: .5rem .7rem .3rem; color: var(--dim); border-bottom: 1px solid var(--line); }
    tr.way td.number { box-shadow: inset 3px 0 var(--waybar); } tr.way { background: var(--way); }
    tr.fails td.number { box-shadow: inset 3px 0 var(--bad); }
    tr.fails { background: var(--badback); font-weight: 600; } tr.dead { opacity: .45; }
    tr.remark td { color: var(--dim); white-space: normal; font: italic 12.5px/1.35 system-ui, sans-serif;
      padding: 0 .7rem 4px 2rem; } tr.remark { background: var(--way); }
    tr.remark td:first-child { box-shadow: inset 3px 0 var(--waybar); }
    tr.remark.last { background: var(--badback); } tr.remark.last td { color: var(--bad); }
    tr.remark.last td:first-child { box-shadow: inset 3px 0 var(--bad); }
    tr.marked, tr:target, tr[data-state]:hover { background: var(--mark); } tr:focus-visible { outline: 2px solid var(--code); outline-offset: -2px; }
    .live tr[data-line], .live tr[data-state] { cursor: pointer; }
    #state { position: fixed; z-index: 9; max-width: min(46rem, 92vw); padding: .55rem .2rem .6rem;
      border: 1px solid var(--line); border-radius: 8px; background: var(--card); color: var(--text);
      box-shadow: var(--shadow); pointer-events: none; }
    #state p { margin: 0 .8rem .35rem; font: 12px/1.4 system-ui, sans-serif; color: var(--dim); }
    #state p b { color: var(--text); margin-right: .5rem; } #state table { width: auto; }
    #state td { padding: 1px .8rem; white-space: pre-wrap; overflow-wrap: anywhere; vertical-align: top; }
    #state td:first-child { color: var(--dim); white-space: pre; text-align: right; }
    #state tr.read td:first-child { color: var(--code); font-weight: 700; box-shadow: inset 3px 0 var(--code); }
    #state tr.read td { font-weight: 600; }
    .graph { padding: .5rem; } .graph svg { display: block; margin: 0 auto; }
    .block rect { fill: var(--back); stroke: var(--edge); } .block { transition: filter .1s; }
    a:hover .block rect { stroke: var(--code); stroke-width: 2; }
    .block.way rect { fill: var(--way); stroke: var(--waybar); }
    .block.fails rect { fill: var(--badback); stroke: var(--bad); stroke-width: 2; }
    svg text { fill: var(--text); text-anchor: middle; } svg text.line { fill: var(--dim); font-size: 11px; }
    .edge { fill: none; stroke: var(--edge); stroke-width: 1.3; } .edge.back { stroke-dasharray: 4 3; }
    .edge.way { stroke: var(--bad); stroke-width: 2.2; }
    .tip { fill: var(--edge); } .tip.way { fill: var(--bad); }
    """
}
