// A deck shows a take, and plays it on the one sound of the page: who begins stops the others.
const sound = document.querySelector("audio");
const status = document.querySelector("[role=status]");
const decks = [];
let playing = null;

class Deck {
  constructor(root) {
    this.root = root;
    this.roll = new Roll(root);
    this.disc = root.querySelector(".disc");
    this.slider = root.querySelector("input");
    this.clock = root.querySelector(".time");
    this.legend = root.querySelector(".legend");
    this.tubes = [...root.querySelectorAll(".tube")];
    this.tick = 0;
    for (const button of root.querySelectorAll("[data-play]")) button.addEventListener("click", () => this.toggle());
    for (const key of root.querySelectorAll("[data-take]")) key.addEventListener("click", () => this.press(key.dataset.take));
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.roll.notes.addEventListener("click", (event) => this.seek((event.offsetX / this.roll.strip.clientWidth) * this.take.ticks));
    this.show(root.dataset.deck);
  }

  show(stem) {
    this.take = takeOf(stem);
    this.tick = 0;
    this.slider.max = this.take.ticks;
    this.slider.setAttribute("aria-label", `Place in ${this.take.title}`);
    for (const key of this.root.querySelectorAll("[data-take]")) key.setAttribute("aria-pressed", key.dataset.take === stem);
    for (const files of this.root.querySelectorAll("[data-files]")) files.hidden = files.dataset.files !== stem;
    if (this.legend) {
      this.legend.replaceChildren(...this.take.parts.map((part) => {
        const entry = document.createElement("li");
        entry.textContent = part.name.toLowerCase();
        entry.style.setProperty("--part", `var(--p${part.colour})`);
        return entry;
      }));
    }
    this.tubes.forEach((tube, number) => {
      const part = this.take.parts[number];
      tube.classList.toggle("idle", !part?.notes.length);
      if (part) tube.style.setProperty("--part", `var(--p${part.colour})`);
    });
    this.draw();
    this.sign();
  }

  draw() {
    this.roll.show(this.take);
    drawDisc(this.disc, this.take, this.legend ? "#ffb85c" : labelColour(this.take.record));
    this.follow();
  }

  press(stem) {
    if (this.take.stem === stem) return this.toggle();
    if (playing === this) pause();
    this.show(stem);
    this.play();
  }

  toggle() {
    if (playing === this && !sound.paused) pause();
    else this.play();
  }

  play() {
    const path = `docs/gallery/${this.take.stem}.mp3`;
    if (!sound.src.endsWith(path)) sound.src = path;
    if (playing && playing !== this) {
      const other = playing;
      playing = this;
      other.stopped();
    }
    playing = this;
    if (this.tick >= this.take.ticks) this.tick = 0;
    sound.currentTime = this.tick * this.take.tick;
    sound.play().catch((error) => {
      status.textContent = `${this.take.title} does not play: ${error.message}`;
    });
    status.textContent = `${this.take.title} plays`;
    showNow();
  }

  seek(tick) {
    this.tick = Math.max(0, Math.min(tick, this.take.ticks));
    if (playing === this) sound.currentTime = this.tick * this.take.tick;
    this.follow();
  }

  stopped() {
    this.sign();
    for (const tube of this.tubes) tube.style.setProperty("--lit", 0);
    this.follow();
  }

  // Buttons say what they do next.
  sign() {
    const on = playing === this && !sound.paused;
    this.root.toggleAttribute("data-plays", on);
    for (const button of this.root.querySelectorAll("[data-play]")) {
      button.toggleAttribute("data-on", on);
      button.setAttribute("aria-label", `${on ? "Pause" : "Play"} ${this.take.title}`);
    }
  }

  // All that shows the place follows it.
  follow() {
    const { take, tick } = this;
    const plays = playing === this && !sound.paused;
    this.roll.at(tick, plays);
    if (!still.matches) this.disc.style.transform = `rotate(${(-360 * tick) / take.ticks}deg)`;
    const bar = Math.min(Math.floor(tick / take.bar) + 1, take.bars);
    this.slider.value = tick;
    const text = `bar ${bar} of ${take.bars}`;
    if (this.clock.textContent !== text) {
      this.clock.textContent = text;
      const [section, chord] = [take.sections, take.chords].map((list) => entryAt(list, tick));
      this.slider.setAttribute("aria-valuetext", [text, section && `section ${section}`, chord && `chord ${chord}`].filter(Boolean).join(", "));
    }
    if (plays && this.tubes.length && !still.matches) {
      this.tubes.forEach((tube, number) => tube.style.setProperty("--lit", this.glow(number).toFixed(2)));
    }
  }

  // How brightly a part glows: struck, then fading, half of it as long as it is held.
  glow(number) {
    let bright = 0;
    for (const note of this.take.parts[number]?.notes ?? []) {
      if (note.onset > this.tick) break;
      const ago = (this.tick - note.onset) * this.take.tick;
      if (ago > 2 && note.end < this.tick) continue;
      const held = note.end >= this.tick ? 0.4 : 0;
      bright = Math.max(bright, held, Math.exp(-ago / 0.18) * (0.4 + 0.6 * note.loud));
    }
    return bright;
  }
}

function pause() {
  sound.pause();
}
