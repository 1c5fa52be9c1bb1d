"""Holds `jukebox inspect --analysis` against chorales with Roman numeral analyses.

    scores.py JUKEBOX FOLDER

Each chorale is written as four unnamed tracks of one program, without meter or key, at 120 quarter notes a
minute: once on its grid, once with every note up to 20 ms early or late (normally distributed, the same each
time). Told are the F-measures of beats and bar lines (70 ms), the share of the time with the noted chord's root
and third (major and minor chords alone), of chorales whose key signature is found, and of outer voices that are found
to be melody and bass. Below the least that is noted here it fails.
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import mido
from music21 import chord, corpus, roman

QUARTER = 0.5
NAMES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
# Least means: beats, bar lines, chords, keys, outer voices.
LEAST = {"on the grid": (0.98, 0.65, 0.82, 0.95, 0.95), "played": (0.98, 0.6, 0.82, 0.95, 0.95)}


def harte(name):
    """Root and whether the third is minor; None for no chord, False for what is neither major nor minor."""
    if name == "N":
        return None
    root, quality = name.split(":")
    pitch = NAMES[root[0]] + root.count("#") - root.count("b")
    if quality.startswith("maj") or quality in ("7", "9"):
        return pitch % 12, False
    if quality.startswith("min"):
        return pitch % 12, True
    return False


def chorales():
    """Title, voices as notes (from, until, pitch), chords (from, until, root and third), bar lines, sharps."""
    for path in sorted(corpus.getPaths()):
        if "riemenschneider" not in str(path):
            continue
        text = Path(path).read_text(errors="replace")
        [number] = [line.split()[1] for line in text.splitlines() if line.startswith("BWV:")][:1] or [""]
        try:
            analysis, score = corpus.parse(path), corpus.parse(f"bach/bwv{number}")
        except Exception as error:
            print(f"  left out, {Path(path).name}: {error}")
            continue
        title = f"BWV {number}"
        voices = []
        for part in score.parts:
            notes = part.flatten().stripTies().notes
            voices.append([
                (float(note.offset), float(note.offset + note.quarterLength), note.pitches[-1].midi)
                for note in notes
                if note.quarterLength > 0
            ])
        numerals = list(analysis.flatten().getElementsByClass(roman.RomanNumeral))
        if len(voices) != 4 or not numerals:
            continue
        end = max(note[1] for voice in voices for note in voice)
        starts = [float(it.offset) for it in numerals] + [end]
        chords = []
        for numeral, start, until in zip(numerals, starts, starts[1:]):
            third = {"major": False, "minor": True}.get(chord.Chord(numeral.pitches).quality)
            chords.append((start, until, third if third is None else (numeral.root().pitchClass, third)))
        if agreement(numerals, starts[1:], voices) < 0.6:
            print(f"  left out, {title}: analysed in another key than it is printed in")
            continue
        lines = [float(it.offset) for it in score.parts[0].getElementsByClass("Measure")]
        if lines and len(lines) > 1 and lines[1] - lines[0] < lines[2] - lines[1]:
            lines = lines[1:]
        yield title, voices, chords, lines, numerals[0].key.sharps, end


def agreement(numerals, ends, voices):
    """Share of the bass notes that belong to the noted chord at their onset."""
    inside = 0
    for start, _, pitch in voices[-1]:
        index = next((index for index, end in enumerate(ends) if start < end), len(ends) - 1)
        inside += pitch % 12 in numerals[index].pitchClasses
    return inside / max(len(voices[-1]), 1)


def write(path, voices, jitter, seed):
    """Writes the voices as a MIDI file."""
    random.seed(seed)
    ticks = 480
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    for voice in voices:
        events = []
        for start, until, pitch in voice:
            late = random.gauss(0, jitter) / QUARTER * ticks
            begin = max(0, round(start * ticks + late))
            events.append((begin, 1, pitch))
            events.append((max(begin + 1, round(until * ticks + late)), 0, pitch))
        track, now = mido.MidiTrack(), 0
        for at, on, pitch in sorted(events):
            track.append(mido.Message("note_on" if on else "note_off", note=pitch, velocity=80, time=at - now))
            now = at
        file.tracks.append(track)
    file.save(path)


def f_measure(truth, found):
    """Of points in time, 70 ms on either side, each used once."""
    found, hits = list(found), 0
    for point in truth:
        near = [it for it in found if abs(it - point) <= 0.07]
        if near:
            hits += 1
            found.remove(min(near, key=lambda it: abs(it - point)))
    total = len(truth) + hits + len(found)
    return 2 * hits / total if total else 0.0


def overlap(truth, found):
    """Share of the time with a major or minor chord in which the same is found."""
    right = whole = 0.0
    for start, until, name in truth:
        if name is None:
            continue
        whole += (until - start) * QUARTER
        for span in found:
            both = min(until * QUARTER, span["until"]) - max(start * QUARTER, span["from"])
            if both > 0 and harte(span["chord"]) == name:
                right += both
    return right / max(whole, 1e-9)


def sharps(key):
    """Sharps of a key as it is written: Bb, F#m."""
    minor = key.endswith("m")
    name = key.rstrip("m")
    place = "FCGDAEB".index(name[0]) - 1 + 7 * (name.count("#") - name[1:].count("b"))
    return place - 3 if minor else place


def main():
    jukebox, work = sys.argv[1], Path(sys.argv[2])
    pieces = list(chorales())
    failed = not pieces
    for manner, jitter in [("on the grid", 0.0), ("played", 0.02)]:
        sums = [0.0] * 5
        for seed, (title, voices, chords, lines, signature, end) in enumerate(pieces):
            path = work / "chorale.mid"
            write(path, voices, jitter, seed)
            output = subprocess.run([jukebox, "inspect", path, "--analysis", "--json"],
                                    capture_output=True, check=True, text=True).stdout
            found = json.loads(output)
            beats = [QUARTER * beat for beat in range(round(end) + 1)]
            roles = [part["role"] for part in found["parts"]]
            values = [
                f_measure(beats, found["beats"]),
                f_measure([QUARTER * line for line in lines], found["bar_lines"]),
                overlap(chords, found["chords"]),
                float(sharps(found["keys"][0]["key"]) % 12 == signature % 12),
                ((roles[0] == "melody") + (roles[-1] == "bass")) / 2,
            ]
            print(f"  {title}: " + ", ".join(f"{value:.2f}" for value in values))
            sums = [total + value / len(pieces) for total, value in zip(sums, values)]
        names = ["beats", "bar lines", "chords", "keys", "outer voices"]
        told = ", ".join(f"{name} {value:.3f}" for name, value in zip(names, sums))
        print(f"{len(pieces)} chorales {manner}: {told}")
        failed |= any(value < least for value, least in zip(sums, LEAST[manner]))
    sys.exit(failed)


if __name__ == "__main__":
    main()
