// The page: its decks, the strip that says what plays, and the clock of all that moves.
const now = document.querySelector(".now");
const nowButton = document.querySelector("[data-now]");
const nowTitle = document.querySelector("[data-now-title]");
const nowBar = document.querySelector(".now i");

// The strip is there for those who read on: not where the deck itself is in sight.
const seen = new Set();

function showNow() {
  now.hidden = !playing || seen.has(playing.root);
  if (!playing) return;
  nowTitle.textContent = playing.take.title;
  nowTitle.href = `#${playing.root.id || "top"}`;
}

function signs() {
  for (const deck of decks) deck.sign();
  const on = !sound.paused;
  nowButton.toggleAttribute("data-on", on);
  document.querySelector("[data-now-said]").textContent = on ? "Pause" : "Play";
}

function frame() {
  if (!playing || sound.paused) return;
  playing.tick = sound.currentTime / playing.take.tick;
  playing.follow();
  nowBar.style.transform = `scaleX(${Math.min(playing.tick / playing.take.ticks, 1)})`;
  requestAnimationFrame(frame);
}

if (sound) {
  for (const root of document.querySelectorAll("[data-deck]")) decks.push(new Deck(root));
  const watch = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes) seen[isIntersecting ? "add" : "delete"](target.closest("[data-deck]"));
    showNow();
  });
  for (const deck of decks) watch.observe(deck.roll.scroller);
  sound.addEventListener("play", () => { signs(); requestAnimationFrame(frame); });
  sound.addEventListener("pause", () => { signs(); playing?.stopped(); });
  sound.addEventListener("ended", () => {
    playing.tick = 0;
    playing.stopped();
    status.textContent = `${playing.take.title} is over`;
  });
  sound.addEventListener("error", () => { status.textContent = "The sound cannot be loaded."; });
  nowButton.addEventListener("click", () => playing?.toggle());

  const redraw = () => decks.forEach((deck) => deck.draw());
  light.addEventListener("change", redraw);
  let waits = 0, width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(waits);
    waits = setTimeout(redraw, 120);
  });
}
