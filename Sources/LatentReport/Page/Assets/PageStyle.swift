/// The style of all pages. The colours are those of figures.
enum PageStyle {
  static let text = [colours, layout, type, parts, controls, explorers, paper].joined(separator: "\n")

  /// The colours of both themes, as properties that the style and the scripts read.
  private static var colours: String {
    func rules(_ theme: Figure.Theme) -> String {
      Figure.Colour.withRoles.map { colour, role in
        "--\(role):\(SVGWriter.hexadecimal(theme.pixel(of: colour)))"
      }.joined(separator: ";")
    }
    let roles = Figure.Colour.withRoles.flatMap { _, role in
      ["fill", "stroke"].map { ".latent-figure .\($0)-\(role){\($0):var(--\(role))}" }
    }
    return """
      :root{color-scheme:light dark;\(rules(.light));--panel:#f6f6f4;--edge:#dcdcd8;--accent:#0042a5;--good:#1a7f4b;\
      --warning:#a53f00}
      @media screen and (prefers-color-scheme:dark){:root:not(.printing){\(rules(.dark));--panel:#212121;--edge:#3d3d3d;\
      --accent:#8fb4ff;--good:#4fd694;--warning:#f0a060}}
      \(roles.joined(separator: "\n"))
      """
  }

  private static let layout = """
    *{box-sizing:border-box}
    html{background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%}
    body{margin:0 auto;padding:2.5rem 14px 4rem;max-width:56rem;overflow-wrap:anywhere;
    font:1rem/1.6 'Helvetica Neue',Helvetica,'Segoe UI',Roboto,'Liberation Sans',Arial,sans-serif}
    section{margin:0 0 3rem;scroll-margin-top:1rem}
    nav ol{margin:0 0 2.5rem;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.3rem 1.4rem;font-size:.9rem}
    nav a{color:var(--muted);text-decoration:none}
    nav a:hover{color:var(--ink);text-decoration:underline}
    @media (min-width:700px){body{padding-left:2rem;padding-right:2rem}}
    @media screen and (min-width:1180px){
    body.with-contents{max-width:74rem;display:grid;grid-template-columns:13rem minmax(0,52rem);column-gap:4rem}
    body.with-contents>header,body.with-contents>main,body.with-contents>footer{grid-column:2}
    body.with-contents>nav{grid-column:1;grid-row:1/span 3;position:sticky;top:2.5rem;align-self:start}
    nav ol{display:block;line-height:1.4}
    nav li{padding:.3rem 0}
    }
    .scroll{overflow-x:auto;max-width:100%}
    .scroll.broad svg{min-width:620px}
    .narrow{display:none}
    @media screen and (max-width:599px){.wide{display:none}.narrow{display:block}}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    """

  private static let type = """
    h1{font-size:clamp(1.6rem,4.5vw,2.25rem);line-height:1.2;font-weight:650;letter-spacing:-.015em;margin:0 0 .8rem;
    text-wrap:balance}
    .summary{font-size:1.15rem;line-height:1.55;color:var(--muted);margin:0 0 2.2rem;max-width:42rem;text-wrap:pretty}
    h2{font-size:1.3rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;margin:0 0 1rem}
    h3{font-size:1.05rem;line-height:1.35;font-weight:650;margin:1.2rem 0 .6rem}
    h3 small{font-weight:400;color:var(--muted)}
    p{margin:0 0 1rem;max-width:42rem}
    ul{margin:0 0 1rem;padding-left:1.2rem;max-width:42rem}
    a{color:var(--accent)}
    pre{margin:0 0 1.2rem;padding:.75rem 1rem;background:var(--panel);border-radius:6px;overflow-x:auto;
    font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;overflow-wrap:normal}
    footer{color:var(--muted);font-size:.85rem;border-top:1px solid var(--edge);padding-top:1rem}
    footer p{margin:0}
    .note{color:var(--muted);font-size:.85rem;line-height:1.45;margin:.4rem 0}
    :focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
    """

  private static let parts = """
    figure{margin:0}
    .block{margin:1.4rem 0 2rem}
    .block svg.latent-figure{display:block;max-width:100%;height:auto}
    figcaption{color:var(--muted);font-size:.9rem;line-height:1.5;margin-top:.5rem;max-width:42rem}
    .figure-title{font-weight:650;margin:0 0 .5rem}
    .pixels{image-rendering:pixelated}
    img.pixels{display:block;max-width:100%;height:auto}
    table{border-collapse:collapse;font-size:.9rem;line-height:1.45;font-variant-numeric:tabular-nums}
    .scroll:has(table){margin:1rem 0 1.6rem}
    caption{text-align:left;color:var(--muted);padding:0 0 .5rem;caption-side:top}
    th,td{text-align:left;padding:.34rem 1.4rem .34rem 0;vertical-align:top;unicode-bidi:isolate;max-width:26rem;
    border-bottom:1px solid var(--faint)}
    th{font-weight:600;overflow-wrap:normal}
    tbody th{font-weight:500;overflow-wrap:anywhere}
    thead th{border-bottom:1px solid var(--muted);color:var(--muted);font-weight:500;vertical-align:bottom}
    .number{text-align:right}
    td.number,.short{white-space:nowrap}
    .long{max-height:9em;overflow-y:auto;white-space:normal;min-width:12rem}
    .key-figures{display:flex;flex-wrap:wrap;gap:1.2rem 2.6rem;margin:0 0 1.6rem}
    .key-figures div{min-width:7rem;max-width:100%}
    dt{color:var(--muted);font-size:.85rem;line-height:1.4}
    dd{margin:0;font-size:1.5rem;line-height:1.3;font-weight:600;letter-spacing:-.01em;
    font-variant-numeric:tabular-nums}
    dd.note{font-weight:400;letter-spacing:0;margin:0}
    .findings{list-style:none;padding:0;margin:1rem 0 1.6rem;max-width:none}
    .findings>li{display:flex;gap:.9rem;padding:.85rem 1rem;margin:0 0 .6rem;background:var(--panel);
    border-radius:6px;border-left:3px solid var(--mark)}
    .findings>li>div{min-width:0}
    .findings p{margin:0 0 .3rem}
    .findings strong{font-weight:600}
    .findings .try{color:var(--muted);font-size:.85rem;margin:.5rem 0 0}
    .findings ul{margin:0}
    .findings .sign{flex:none;width:1.35rem;height:1.35rem;border-radius:50%;background:var(--mark);
    color:var(--paper);font-size:.85rem;font-weight:700;line-height:1.35rem;text-align:center;margin-top:.1rem}
    .good{--mark:var(--good)}
    .findings .note{--mark:var(--muted);color:inherit;font-size:inherit;line-height:inherit}
    .warning{--mark:var(--warning)}
    details{margin:0 0 1.2rem}
    summary{cursor:pointer;color:var(--accent);margin-bottom:.6rem}
    .panels{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(320px,100%),1fr));gap:0 12px}
    .block .panels svg.latent-figure{width:100%;min-width:0;max-width:460px}
    .block .panels svg.latent-figure:only-child{max-width:620px}
    .key svg{max-width:100%;height:auto}
    .stage{border-radius:4px}
    .frame-label{color:var(--muted);font-size:.85rem;margin:.2rem 0 .6rem;min-height:1.4em;
    font-variant-numeric:tabular-nums}
    .reel-names{display:flex;color:var(--muted);font-size:.85rem}
    .reel-names span{flex:1}
    .strip{margin-top:1rem}
    """

  private static let controls = """
    .controls{display:flex;flex-wrap:wrap;align-items:center;gap:.4rem;margin:.6rem 0 .2rem;max-width:44rem}
    .controls[hidden],.scripted[hidden]{display:none}
    label{min-width:0;max-width:100%}
    select{max-width:min(100%,15rem)}
    button,select{font:inherit;font-size:.9rem;line-height:1.2;color:var(--ink);background:var(--panel);
    border:1px solid var(--edge);border-radius:6px;min-height:2.25rem;min-width:2.25rem;padding:0 .6rem;cursor:pointer}
    button svg{display:block;margin:auto}
    .pause,.playing .play{display:none}
    .playing .pause{display:block}
    button:hover,select:hover{border-color:var(--muted)}
    button[aria-pressed=true]{background:var(--accent);color:var(--paper);border-color:var(--accent)}
    input[type=range]{flex:1 1 8rem;min-width:6rem;height:2.25rem;margin:0 .3rem;accent-color:var(--accent)}
    label{font-size:.9rem;color:var(--muted)}
    @media (pointer:coarse){button,select{min-height:2.75rem;min-width:2.75rem}}
    """

  private static let explorers = """
    .plane-body{display:flex;flex-wrap:wrap;gap:1.6rem}
    .plane-body[hidden]{display:none}
    .plane-map{flex:1 1 24rem;min-width:0;max-width:34rem}
    canvas.map,canvas.space{display:block;width:100%;aspect-ratio:1;touch-action:pan-y;cursor:crosshair;
    border-radius:4px}
    canvas.space{cursor:grab;aspect-ratio:4/3;max-width:44rem}
    canvas.space:active{cursor:grabbing}
    .plane-side{flex:1 1 14rem;min-width:0;max-width:20rem}
    .card{margin:0 0 1.2rem;min-width:0}
    .pair[hidden]{display:none}
    .card p{margin:0 0 .35rem;font-weight:600;font-size:.9rem}
    .card canvas{width:11rem;height:auto;max-width:100%;background:#000;display:block;border-radius:3px}
    .pair span[hidden]{display:none}
    .pair{display:flex;gap:.8rem}
    .pair canvas{width:6.5rem}
    .pair span{min-width:0}
    .pair small,output{color:var(--muted);font-size:.85rem;font-variant-numeric:tabular-nums}
    .card output{display:block;min-height:1.5em}
    @media screen and (max-width:599px){
    .plane-side{order:-1;display:flex;flex-wrap:wrap;gap:0 1.2rem;flex-basis:100%;max-width:none}
    canvas.space{aspect-ratio:1}
    .card{margin-bottom:.6rem}
    .card canvas{width:7rem}
    .pair canvas{width:5.2rem}
    .plane-side .controls{flex-basis:100%;min-width:0}
    }
    .legend{display:flex;flex-wrap:wrap;gap:.1rem 1rem;font-size:.85rem;margin:.3rem 0;color:var(--muted)}
    .legend span{display:inline-flex;align-items:center;gap:.35rem;max-width:14rem;overflow:hidden;
    text-overflow:ellipsis;white-space:nowrap}
    .legend i{flex:none;width:.7rem;height:.7rem;border-radius:50%;border:2px solid}
    .legend b{display:inline-block;width:10rem;height:.7rem;border-radius:2px}
    .choices{list-style:none;display:flex;flex-wrap:wrap;gap:.5rem;padding:0;margin:1rem 0;max-width:none}
    .choices a{display:block;padding:.45rem .8rem;border:1px solid var(--edge);border-radius:6px;
    text-decoration:none;color:var(--ink);line-height:1.35;background:var(--panel)}
    .choices b{font-weight:600;display:block}
    .choices small,.choices b{font-size:.85rem}
    .choices small{color:var(--muted)}
    .choices a:hover{border-color:var(--muted)}
    .choices a[aria-current]{border-color:var(--accent);box-shadow:inset 0 0 0 1px var(--accent)}
    .component h3:first-child{margin-top:0}
    .component:focus{outline:none}
    svg .target{fill:var(--paper);stroke:var(--ink);stroke-width:1.5}
    svg .halo{fill:var(--accent);fill-opacity:0}
    svg a{cursor:pointer;outline:none}
    svg a text{fill:var(--ink)}
    svg a:hover .halo{fill-opacity:.3}
    svg a:focus-visible .target{stroke:var(--accent);stroke-width:4}
    svg a[aria-current] .target{fill:var(--ink)}
    svg a[aria-current] text{fill:var(--paper)}
    """

  /// Paper shows everything and has no controls; with scripts the screen needs no last frame.
  private static let paper = """
    @media screen{.scripts .last{display:none}.scripts .component[hidden]{display:none}}
    .component[hidden]{display:block}
    @media screen{.scripts .component[hidden]{display:none}}
    @media print{
    body{max-width:none;padding:0;font-size:10.5pt;display:block!important}
    nav,.controls,.film .stage,.film .frame-label,.reel-names,.plane-map>.note,.cloud .note{display:none!important}
    section,.block{margin-bottom:1.2rem}
    h1,h2,h3,.figure-title{break-after:avoid}
    figure,.findings>li,tr,img,svg{break-inside:avoid}
    .scroll,.long{overflow:visible;max-height:none}
    pre{white-space:pre-wrap}
    details::details-content{content-visibility:visible;block-size:auto}
    *{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    }
    """
}
