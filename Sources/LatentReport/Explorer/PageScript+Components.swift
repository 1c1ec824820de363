extension PageScript {
  static let components = #"""
    all("[data-components]", root => {
      const panels = [...root.querySelectorAll(":scope > .component")];
      const links = [...root.querySelectorAll("a[data-component]")];
      const said = root.querySelector(":scope > output");
      const choose = (index, isFirst) => {
        panels.forEach((panel, place) => { panel.hidden = place !== index; });
        links.forEach(link => {
          if (+link.dataset.component === index) link.setAttribute("aria-current", "true");
          else link.removeAttribute("aria-current");
        });
        // What is shown stands below, out of sight of those who hear the page.
        if (!isFirst) said.textContent = `${panels[index].querySelector("h3").textContent}, shown below.`;
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
      if (panels.length) choose(0, true);
    });
    """#
}
