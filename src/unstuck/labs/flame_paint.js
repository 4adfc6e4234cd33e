// How the boxes of a flame graph are painted: kinds by colour and pattern, names cut to their box.

const ROW = 22; // pixels of a row of boxes

class Painter {
  constructor(view, pen) {
    const style = getComputedStyle(view.el);
    Object.assign(this, { view, pen, ground: style.backgroundColor, text: style.color });
    const dark = isDark(this.ground);
    this.ink = (meaning) => view.model.get('inks')[meaning][dark ? 'dark' : 'light'];
  }

  boxes() {
    this.view.boxes.forEach((box, index) => {
      const [left, top, width] = this.view.place(box);
      if (width > 0.3) this.box(box, index, [left, top, width]);
    });
    const chosen = this.view.boxes[this.view.selected];
    if (!chosen) return;
    this.frame(this.view.place(chosen), this.text, 2);
    this.name(this.view.drawn.names[chosen.label][0], chosen.kind, ...this.view.place(chosen));
  }

  box({ kind, label }, index, [left, top, width]) {
    const { pen } = this;
    const yours = kind === 0;
    pen.fillStyle = yours ? this.ink(this.view.drawn.runtime) : this.ground;
    pen.fillRect(left, top, Math.max(0.5, width - 1), ROW - 1);
    pen.strokeStyle = this.ink('quiet');
    if (!yours && width > 2) pen.strokeRect(left + 0.5, top + 0.5, width - 2, ROW - 2);
    if (kind > 1 && width > 4) this.pattern(kind, left, top, width);
    if (this.view.matches.has(index)) this.frame([left, top, width], this.ink('blocked'), 2);
    this.name(this.view.drawn.names[label][0], kind, left, top, width);
  }

  pattern(kind, left, top, width) {
    const { pen } = this;
    pen.save();
    pen.beginPath();
    pen.rect(left + 1, top + 1, width - 2, ROW - 2);
    pen.clip();
    pen.beginPath();
    for (let x = left - ROW; x < left + width; x += 7) {
      if (kind === 2) { pen.moveTo(x, top + ROW); pen.lineTo(x + ROW, top); }
      else for (const y of [6, 11, 16]) { pen.moveTo(x + ROW, top + y); pen.lineTo(x + ROW + 2, top + y); }
    }
    pen.stroke();
    pen.restore();
  }

  frame([left, top, width], color, thick) {
    this.pen.save();
    for (const [ink, line] of [[this.ground, thick + 2], [color, thick]]) { // seen on any box
      this.pen.strokeStyle = ink;
      this.pen.lineWidth = line;
      this.pen.strokeRect(left + thick / 2, top + thick / 2, Math.max(1, width - thick - 1), ROW - thick - 1);
    }
    this.pen.restore();
  }

  name(text, kind, left, top, width) {
    if (width < 24) return;
    const { pen } = this;
    const short = this.cut(text, width - 12);
    if (!short) return;
    if (kind > 1) {
      pen.fillStyle = this.ground;
      pen.fillRect(left + 4, top + 3, pen.measureText(short).width + 4, ROW - 7);
    }
    pen.fillStyle = kind === 0 ? this.ground : this.text;
    pen.fillText(short, left + 6, top + 15);
  }

  cut(text, room) {
    if (this.pen.measureText(text).width <= room) return text;
    let letters = Math.floor((room / this.pen.measureText(text).width) * text.length);
    while (letters > 1 && this.pen.measureText(`${text.slice(0, letters)}…`).width > room) letters -= 1;
    return letters < 2 ? '' : `${text.slice(0, letters)}…`;
  }
}

// Each box comes after its caller's and before those of its caller's next call.
function boxesOf({ boxes = [] }) {
  const last = [];
  return boxes.map(([row, start, width, label, own, kind], index, all) => {
    const box = { row, start, width, label, own, kind, children: [], parent: last[row - 1]?.index };
    last[row - 1]?.box.children.push(index);
    last[row] = { index, box };
    return box;
  });
}

function within(inner, outer) {
  const slack = outer.width * 1e-9;
  return inner.row >= outer.row && inner.start >= outer.start - slack && inner.start + inner.width <= outer.start + outer.width + slack;
}

