// A take as it is drawn: its notes in ticks, in the order of their onsets. TAKES comes from the xtask, whose
// notation.rs says how notes are written.
function* numbers(text) {
  let more = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 126) {
      more += 90;
    } else {
      yield more + (code === 125 ? 92 : code) - 35;
      more = 0;
    }
  }
}

function readNotes(text) {
  const notes = [];
  const all = [...numbers(text)];
  for (let at = 0, onset = 0; at + 3 < all.length; at += 4) {
    onset += all[at];
    notes.push({ onset, key: all[at + 1], end: onset + all[at + 2], loud: all[at + 3] / 63 });
  }
  return notes;
}

const read = new Map();

function takeOf(stem) {
  if (!read.has(stem)) {
    const known = TAKES[stem];
    const parts = known.parts.map((part) => ({ ...part, notes: readNotes(part.notes) }));
    const ticks = known.bar * known.bars;
    read.set(stem, { ...known, stem, parts, ticks, tick: known.quarter / 24, title: `${known.record}, take ${known.take}` });
  }
  return read.get(stem);
}

// The last entry of a list that begins at a tick or before it.
function entryAt(list, tick) {
  return list.filter(([from]) => from <= tick).pop()?.[1];
}

// What a listener who cannot see the roll is told of it.
function inWords(take) {
  const heard = take.parts.filter((part) => part.notes.length);
  const parts = heard.map((part) => `${part.name.toLowerCase()} ${part.notes.length} notes`).join(", ");
  const form = take.sections.map(([, name]) => name.replace("'", " varied")).join(", ");
  const chords = take.chords.map(([, name]) => name).join(" ");
  const tempo = Math.round(60 / take.quarter);
  return `Piano roll of ${take.title}: ${take.bars} bars at ${tempo} beats a minute. ${parts}. Form: ${form}. ${chords && `Chords: ${chords}.`}`;
}
