// The decision tree, one question at a time: a button for each answer, under it what your own trials
// say, and the path so far. Tab and Enter answer, Escape or Back goes back.

function render({ model, el }) {
  const view = new DecisionView(model, el);
  view.start();
  return () => view.stop();
}

class DecisionView {
  constructor(model, el) {
    Object.assign(this, { model, el });
    el.classList.add('unstuck-live', 'unstuck-decision');
    el.dataset.lmSuppressShortcuts = 'true'; // Enter and Escape are ours, not JupyterLab's
    this.path = add(el, 'ol', { 'aria-label': 'Your path' });
    this.box = add(el, 'div', { role: 'group', 'aria-label': 'Question' });
    const bar = add(el, 'div', { class: 'unstuck-decision-bar' });
    this.back = add(bar, 'button', { type: 'button' });
    this.back.textContent = 'Back';
    this.again = add(bar, 'button', { type: 'button' });
    this.again.textContent = 'Start again';
    this.spoken = add(el, 'p', { 'aria-live': 'polite', class: 'unstuck-decision-spoken' });
  }

  start() {
    this.onChange = () => this.draw();
    this.model.on('change:path change:nodes', this.onChange);
    this.back.addEventListener('click', () => this.go(this.model.get('path').slice(0, -1)));
    this.again.addEventListener('click', () => this.go([]));
    this.onKey = (event) => this.key(event);
    this.el.addEventListener('keydown', this.onKey);
    this.draw();
  }

  stop() {
    this.model.off('change:path change:nodes', this.onChange);
    this.el.removeEventListener('keydown', this.onKey);
  }

  key(event) {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    this.go(this.model.get('path').slice(0, -1));
  }

  go(path) {
    if (path.length === this.model.get('path').length) return; // Escape at the first question
    this.moved = true; // by a person: the focus goes along
    this.model.set('path', path);
    this.model.save_changes();
  }

  // The nodes of the path, from the root on: [[node, number of the answer], ...], and the last node.
  walked() {
    const nodes = this.model.get('nodes');
    let at = this.model.get('root');
    const steps = [];
    for (const answer of this.model.get('path')) {
      const found = nodes[at]?.answers?.[answer];
      if (!found) break; // a path of another tree
      steps.push([nodes[at].text, ...found]);
      at = found[1];
    }
    return [steps, nodes[at] ?? {}];
  }

  draw() {
    const [steps, node] = this.walked();
    this.path.replaceChildren();
    for (const [question, answer, , cited] of steps) {
      const item = add(this.path, 'li', {});
      add(item, 'span', {}).textContent = `${question} `;
      add(item, 'strong', {}).textContent = answer;
      add(item, 'div', { class: 'unstuck-decision-cited' }).textContent = cited;
    }
    this.box.replaceChildren();
    const head = add(this.box, 'p', { tabindex: '-1', class: 'unstuck-decision-head' });
    head.textContent = node.end ? `Answer: ${node.end}` : node.text ?? '';
    if (node.end) this.leaf(node);
    else (node.answers ?? []).forEach((answer, number) => this.answer(answer, number));
    this.back.disabled = this.again.disabled = steps.length === 0;
    this.el.dataset.steps = steps.length;
    this.el.dataset.at = node.end ?? node.text ?? '';
    if (!this.moved) return;
    this.moved = false;
    head.focus();
    this.spoken.textContent = head.textContent;
  }

  answer([words, , cited], number) {
    const id = `unstuck-${Math.random().toString(36).slice(2)}`;
    const button = add(this.box, 'button', { type: 'button', 'aria-describedby': id });
    button.textContent = words;
    button.addEventListener('click', () => this.go([...this.model.get('path'), number]));
    add(this.box, 'p', { id, class: 'unstuck-decision-cited' }).textContent = cited;
  }

  leaf({ python, node, see }) {
    for (const [name, code] of [['Python', python], ['Node.js', node]]) {
      const line = add(this.box, 'p', {});
      add(line, 'strong', {}).textContent = `${name}: `;
      add(line, 'code', {}).textContent = code;
    }
    add(this.box, 'p', {}).textContent = `Notebook ${see.replaceAll('_', ' ')} shows it.`;
  }
}

export default { render };
