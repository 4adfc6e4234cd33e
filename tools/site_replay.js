// Replays a recorded run: a spike for each answer the server gave, a row of dots for the requests.
// Everything is drawn from the record in the page; nothing is asked of any server.

(() => {
  const box = document.querySelector('.replay');
  const { requests, patient } = JSON.parse(document.querySelector('#replay-data').textContent);
  const answers = requests.map(([at, waited]) => at + waited);
  const [FROM, TO] = [requests[0][0] - 0.05, Math.max(...answers) + 0.05]; // seconds of the record
  const SLOWER = 4; // the run took three seconds: too short to follow
  const SILENT = 0.15; // seconds without an answer after which the line counts as flat
  const HEIGHT = 130;
  const [canvas, button, slider, said] = ['canvas', 'button', 'input', '.said'].map((name) => box.querySelector(name));
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const INKS = { node: ['#007a5a', '#2fc79b'], blocked: ['#b34700', '#ff8c42'], quiet: ['#595959', '#b0b0b0'] };
  let now = TO;
  let playing = false;
  let last = 0;
  let told = 0;

  const ink = (meaning) => INKS[meaning][dark.matches ? 1 : 0];
  const x = (at) => ((at - FROM) / (TO - FROM)) * canvas.clientWidth;
  const waiting = () => requests.filter(([at], index) => at <= now && answers[index] > now).length;

  // The stretches without an answer, up to now.
  function flats() {
    const times = [FROM, ...answers.filter((at) => at <= now).sort((a, b) => a - b), now];
    return times.slice(1).map((at, index) => [times[index], at]).filter(([from, to]) => to - from > SILENT);
  }

  function words() {
    const answered = answers.filter((at) => at <= now).length;
    const flat = flats().find(([, to]) => to === now);
    const state = flat ? `no answer for ${(now - flat[0]).toFixed(1)} s: the loop is blocked` : 'answers come';
    return `Replay, ${now.toFixed(2)} s, ${patient}: ${state}. ${answered} of ${requests.length} answered, ${waiting()} waiting.`;
  }

  function pen() {
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(HEIGHT * ratio);
    const pen = canvas.getContext('2d');
    pen.scale(ratio, ratio);
    return pen;
  }

  function trace(pen, base) {
    pen.strokeStyle = ink('node');
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(0, base);
    let drawn = -Infinity;
    for (const at of answers.filter((each) => each <= now).sort((a, b) => a - b)) {
      if (x(at) - drawn < 7) continue;
      drawn = x(at);
      for (const [dx, dy] of [[-2, 0], [0, -24], [2, 8], [3, 0]]) pen.lineTo(x(at) + dx, base + dy);
    }
    pen.lineTo(x(now), base);
    pen.stroke();
  }

  function blocked(pen, base) {
    pen.fillStyle = ink('blocked');
    pen.font = '13px sans-serif';
    for (const [from, to] of flats()) {
      pen.fillRect(x(from), base - 2, x(to) - x(from), 4);
      const text = `flat ${(to - from).toFixed(1)} s`;
      if (x(to) - x(from) > pen.measureText(text).width + 12) pen.fillText(text, x(from) + 6, base - 10);
    }
  }

  // A filled dot is answered, a ring waits; one that waited long is larger.
  function dots(pen, base) {
    requests.forEach(([at, waited], index) => {
      if (at > now) return;
      const late = waited > 0.05;
      pen.fillStyle = pen.strokeStyle = ink(late ? 'blocked' : 'quiet');
      pen.beginPath();
      pen.arc(x(at), base + 36, late ? 3 : 2, 0, 7);
      if (answers[index] <= now) pen.fill();
      else pen.stroke();
    });
  }

  function draw() {
    const base = 62;
    const brush = pen();
    trace(brush, base);
    blocked(brush, base);
    dots(brush, base);
    slider.value = now;
    box.dataset.now = now.toFixed(2);
    box.dataset.waiting = waiting();
  }

  function tell() {
    told = Date.now();
    canvas.setAttribute('aria-label', words());
    said.textContent = words();
    slider.setAttribute('aria-valuetext', `${now.toFixed(2)} seconds`);
  }

  function frame(time) {
    if (!playing) return;
    const due = !still.matches || time - last > 1000; // still pictures, one a second
    if (due) {
      now = Math.min(TO, now + Math.min((time - last) / 1000, 1.1) / SLOWER);
      last = time;
      draw();
      if (Date.now() - told > 1000) tell();
    }
    if (now >= TO) stop();
    else requestAnimationFrame(frame);
  }

  function stop() {
    playing = false;
    button.textContent = 'Play';
    box.dataset.state = 'still';
    draw();
    tell();
  }

  button.addEventListener('click', () => {
    if (playing) return stop();
    if (now >= TO) now = FROM;
    [playing, last] = [true, performance.now()];
    button.textContent = 'Pause';
    box.dataset.state = 'playing';
    requestAnimationFrame(frame);
  });
  slider.addEventListener('input', () => { now = Number(slider.value); stop(); });
  for (const change of [still, dark]) change.addEventListener('change', draw);
  addEventListener('resize', draw);

  box.hidden = false;
  [slider.min, slider.max] = [FROM, TO];
  stop();
})();
