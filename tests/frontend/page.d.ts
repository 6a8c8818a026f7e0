// view.py puts page.js at the end of the widget's own module.
declare function render(context: { model: import("../../widgets/static/shared.js").Model; el: HTMLElement }): () => void;
