// The piano roll of a take: pitched notes above, a row for each drum below. Parts differ by colour and by shape.
class Roll {
  constructor(root) {
    this.scroller = root.querySelector(".roll");
    this.strip = root.querySelector(".strip");
    this.sheet = root.querySelector(".sheet");
    this.notes = root.querySelector(".notes");
    this.lit = root.querySelector(".lit");
    this.head = root.querySelector(".playhead");
  }

  show(take) {
    this.take = take;
    this.strip.style.setProperty("--bars", take.bars);
    this.scroller.setAttribute("aria-label", `Piano roll of ${take.title}; it scrolls sideways`);
    this.notes.setAttribute("aria-label", inWords(take));
    const place = (kind) => ([from, text]) => {
      const mark = document.createElement("span");
      mark.className = kind;
      mark.textContent = text;
      mark.style.left = `${(100 * from) / take.ticks}%`;
      return mark;
    };
    this.sheet.replaceChildren(...take.sections.map(place("section")), ...take.chords.map(place("chord")));
    this.sheet.classList.toggle("bare", !take.chords.length);
    this.scroller.scrollLeft = 0;
    this.draw();
  }

  // Where a note lies.
  layout(width, height) {
    const { take } = this;
    const keys = (drums) => take.parts.filter((part) => part.drums === drums).flatMap((part) => part.notes.map((note) => note.key));
    const pitched = keys(false);
    const kit = [...new Set(keys(true))].sort((a, b) => b - a);
    const row = kit.length ? Math.min(12, (height * (pitched.length ? 0.38 : 1)) / kit.length) : 0;
    const room = height - row * kit.length - (kit.length && pitched.length ? 6 : 0);
    const low = Math.min(...pitched) - 1, high = Math.max(...pitched) + 2;
    const step = room / (high - low);
    const across = width / take.ticks;
    const thick = Math.max(3.5, Math.min(step, 9));
    return {
      low, high, step, room, row, kit, across,
      box(note, drums) {
        const x = note.onset * across + 0.5;
        if (drums) return [x, height - row * (kit.length - kit.indexOf(note.key)) + row * 0.15, Math.max(3, 3 * across), row * 0.7];
        return [x, (high - 1 - note.key) * step + (step - thick) / 2, Math.max(2.5, (note.end - note.onset) * across - 1), thick];
      },
    };
  }

  draw() {
    const area = surface(this.notes);
    if (!area || !this.take) return;
    const { context, width, height } = area;
    const { take } = this;
    const lay = this.layout(width, height);
    this.lay = lay;
    // A chord whose name would lie over the one before is left out; the slider tells it.
    let free = 0;
    for (const mark of this.sheet.querySelectorAll(".chord")) {
      mark.classList.toggle("close", mark.offsetLeft < free);
      if (mark.offsetLeft >= free) free = mark.offsetLeft + mark.offsetWidth;
    }
    if (lay.room > 20) {
      context.fillStyle = colour("shade");
      for (let key = lay.low; key < lay.high; key++) {
        if ([1, 3, 6, 8, 10].includes(key % 12)) context.fillRect(0, (lay.high - 1 - key) * lay.step, width, lay.step);
      }
    }
    context.fillStyle = colour("shade");
    lay.kit.forEach((_, number) => number % 2 || context.fillRect(0, height - lay.row * (number + 1), width, lay.row));
    for (let tick = 0; tick < take.ticks; tick += 24) {
      context.fillStyle = tick % take.bar ? colour("beat") : colour("line");
      context.fillRect(Math.round(tick * lay.across), 0, 1, height);
    }
    for (const part of take.parts) {
      context.fillStyle = partColour(part);
      for (const note of part.notes) {
        const [x, y, w, h] = lay.box(note, part.drums);
        context.globalAlpha = 0.55 + 0.45 * note.loud;
        context.beginPath();
        if (part.drums) {
          context.roundRect(x, y, w, h, 1.5);
          context.fill();
        } else if (part.colour % 4 === 1) {
          context.rect(x, y + h * 0.2, w, h * 0.6);
          context.fill();
        } else if (part.colour % 4 === 2) {
          context.globalAlpha *= 0.55;
          context.roundRect(x, y, w, h, h / 2);
          context.fill();
        } else if (part.colour % 4 === 3) {
          context.roundRect(x, y, w, h, 1.5);
          context.fill();
          context.globalAlpha = 0.45;
          context.fillStyle = colour("ground");
          context.fillRect(x + w * 0.55, y, w * 0.45, h);
          context.fillStyle = partColour(part);
        } else {
          context.roundRect(x, y, w, h, 2.5);
          context.fill();
        }
      }
    }
    context.globalAlpha = 1;
    this.glow = surface(this.lit);
    this.colours = take.parts.map(partColour);
    this.white = colour("head");
  }

  // The playhead stands at a tick; what sounds there lights up.
  at(tick, plays) {
    const width = this.strip.clientWidth;
    const x = (width * Math.min(tick, this.take.ticks)) / this.take.ticks;
    this.head.style.transform = `translateX(${x}px)`;
    if (!this.glow || !this.lay) return;
    const { context, height } = this.glow;
    context.clearRect(0, 0, width, height);
    if (!plays) return;
    const seen = this.scroller.clientWidth;
    const left = this.scroller.scrollLeft;
    if (x < left || x > left + seen * 0.92) this.scroller.scrollTo({ left: x - seen * 0.06, behavior: still.matches ? "auto" : "smooth" });
    this.take.parts.forEach((part, number) => {
      for (const note of part.notes) {
        if (note.onset > tick) break;
        if (tick > Math.max(note.end, note.onset + 8)) continue;
        const [x, y, w, h] = this.lay.box(note, part.drums);
        context.shadowColor = this.colours[number];
        context.shadowBlur = 12;
        context.fillStyle = this.white;
        context.beginPath();
        context.roundRect(x, y - 1, w, h + 2, 3);
        context.fill();
      }
    });
  }
}
