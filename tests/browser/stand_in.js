// The model that anywidget hands to a module's `render`, without a kernel behind it.
() => {
  class Model {
    constructor(state) {
      this.state = state;
      this.changed = {};
      this.saved = [];
      this.sent = [];
      this.listeners = [];
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      this.changed[name] = value;
      this.receive({ [name]: value });
    }
    save_changes() {
      this.saved.push(this.changed);
      this.changed = {};
    }
    send(content) {
      this.sent.push(content);
    }
    on(names, callback) {
      for (const name of names.split(" ")) this.listeners.push({ name, callback });
    }
    off(names, callback) {
      const dropped = names?.split(" ");
      this.listeners = this.listeners.filter(
        (l) => (dropped && !dropped.includes(l.name)) || (callback && callback !== l.callback),
      );
    }
    emit(name, ...values) {
      for (const listener of [...this.listeners]) if (listener.name === name) listener.callback(...values);
    }
    receive(traits) {
      const changes = Object.entries(traits).filter(([name, value]) => this.state[name] !== value);
      Object.assign(this.state, traits);
      for (const [name, value] of changes) this.emit(`change:${name}`, this, value);
      if (changes.length) this.emit("change", this);
    }
  }

  window.mount = async (esm, css, state, theme) => {
    // JupyterLab's own mark on the page, which style sheets may look at.
    document.body.dataset.jpThemeLight = String(theme !== "dark");
    const style = document.createElement("style");
    style.textContent = css;
    document.head.querySelector("style")?.remove();
    document.head.append(style);
    const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
    const module = (await import(url)).default;
    const { initialize, render } = typeof module === "function" ? await module() : module;
    const el = document.getElementById("widget");
    el.replaceChildren();
    window.model = new Model(state);
    await initialize?.({ model: window.model });
    await render({ model: window.model, el });
  };
}
