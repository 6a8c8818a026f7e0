// A saved page has no kernel: this stands in for the model that anywidget hands to `render`.
{
  const state = JSON.parse(document.querySelector('script[type="application/json"]').textContent);
  const listeners = new Map();
  const model = {
    get: (name) => state[name],
    set: (name, value) => {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of [...(listeners.get(`change:${name}`) ?? [])]) listener(model, value);
    },
    save_changes: () => {},
    send: () => {},
    on: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
    off: (name, listener) =>
      listeners.set(name, (listeners.get(name) ?? []).filter((other) => other !== listener)),
  };
  render({ model, el: document.querySelector("main") });
}
