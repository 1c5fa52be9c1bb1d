// A take as a disc: once round is all of it, from the top clockwise. Pitched notes are arcs, the higher the further
// out; drums are strokes nearest to the label.
function drawDisc(canvas, take, sleeve) {
  const area = surface(canvas);
  if (!area) return;
  const { context, width } = area;
  const middle = width / 2;
  const turn = (tick) => (tick / take.ticks) * 2 * Math.PI - Math.PI / 2;
  const ring = (radius, from, to, style, thick) => {
    context.beginPath();
    context.arc(middle, middle, radius * middle, from, to);
    context.strokeStyle = style;
    context.lineWidth = thick;
    context.stroke();
  };
  context.clearRect(0, 0, width, width);
  context.fillStyle = "#0c0a11";
  context.beginPath();
  context.arc(middle, middle, middle, 0, 2 * Math.PI);
  context.fill();
  for (let radius = 0.4; radius < 0.98; radius += 0.045) ring(radius, 0, 2 * Math.PI, "#221e2e", 0.6);
  for (let bar = 0; bar < take.bars; bar += 4) {
    const angle = turn(bar * take.bar);
    context.beginPath();
    context.moveTo(middle + Math.cos(angle) * middle * 0.36, middle + Math.sin(angle) * middle * 0.36);
    context.lineTo(middle + Math.cos(angle) * middle, middle + Math.sin(angle) * middle);
    context.strokeStyle = "#3a3450";
    context.lineWidth = 1;
    context.stroke();
  }
  const pitched = take.parts.filter((part) => !part.drums).flatMap((part) => part.notes.map((note) => note.key));
  const low = Math.min(...pitched), high = Math.max(...pitched);
  const kit = [...new Set(take.parts.filter((part) => part.drums).flatMap((part) => part.notes.map((note) => note.key)))].sort((a, b) => a - b);
  const inner = kit.length ? 0.53 : 0.42;
  for (const part of take.parts) {
    for (const note of part.notes) {
      context.globalAlpha = 0.45 + 0.55 * note.loud;
      if (part.drums) {
        const alone = pitched.length ? 0.13 : 0.55;
        const radius = 0.38 + (alone * kit.indexOf(note.key)) / Math.max(kit.length - 1, 1);
        ring(radius, turn(note.onset), turn(note.onset) + Math.max(1.2 / (radius * middle), 0.012), DISC[part.colour], middle * 0.018);
      } else {
        const radius = inner + ((0.95 - inner) * (note.key - low)) / Math.max(high - low, 1);
        ring(radius, turn(note.onset), turn(Math.max(note.end, note.onset + 7)), DISC[part.colour], middle * 0.022);
      }
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = sleeve;
  context.beginPath();
  context.arc(middle, middle, middle * 0.33, 0, 2 * Math.PI);
  context.fill();
  context.fillStyle = "#13111a";
  context.beginPath();
  context.arc(middle, middle, middle * 0.035, 0, 2 * Math.PI);
  context.fill();
}

// Discs are black by day, too: the colours of parts on dark ground.
const DISC = ["#f3a93c", "#63bdf0", "#3ccf9f", "#e08cbb", "#f2e35c", "#7f9cf5", "#f0764a", "#c2bfd0"];

// The colour of a record's label, from its name.
function labelColour(name) {
  let number = 7;
  for (const letter of name) number = (number * 31 + letter.codePointAt(0)) % 360;
  return `oklch(0.78 0.13 ${number})`;
}
