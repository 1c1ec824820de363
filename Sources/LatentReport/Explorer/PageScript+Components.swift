extension PageScript {
  static let components = #"""
    all("[data-components]", root => {
      const panels = [...root.querySelectorAll(":scope > .component")];
      const links = [...root.querySelectorAll("a[data-component]")];
      const choose = index => {
        panels.forEach((panel, place) => { panel.hidden = place !== index; });
        links.forEach(link => {
          if (+link.dataset.component === index) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        });
      };
      root.addEventListener("click", event => {
        const link = event.target.closest("a[data-component]");
        if (!link) return;
        event.preventDefault();
        choose(+link.dataset.component);
      });
      root.addEventListener("keydown", event => {
        const link = event.target.closest("a[data-component]"), step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!link || !step) return;
        event.preventDefault();
        const peers = links.filter(other => other.closest("svg, ul") === link.closest("svg, ul"));
        const next = peers[(peers.indexOf(link) + step + peers.length) % peers.length];
        next.focus();
        choose(+next.dataset.component);
      });
      if (panels.length) choose(0);
    });
    """#
}
