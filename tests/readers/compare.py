"""Holds the notes that import finds against those of mido and pretty_midi.

    compare.py NOTES FILE...      NOTES is the program model/examples/notes.rs

1. mido's events, paired here first on, first off, with the pedals of the MIDI 1.0 specification, rounded to
   1/24 of a quarter note: the same onsets, pitches, durations and velocities, with pedals and without.
   Where a file leaves keys unreleased or is damaged (mido reads with clip=True), onsets, pitches and
   velocities alone.
2. pretty_midi's notes: the same onsets and pitches; the same durations of notes that overlap no other of
   their pitch. (Of those that do, pretty_midi ends all at the first release.)
3. Copies with some bytes flipped: wherever mido reads one, import finds as many onsets at least.
"""

import collections
import os
import random
import subprocess
import sys
import tempfile

import mido
import pretty_midi

WHOLE = 96


def tick(at, division):
    """The nearest 24th of a quarter note, halves up."""
    return (at * 24 * 2 + division) // (2 * division)


def ours(program, files, *flags):
    """path -> {pitched, drums} -> notes (onset, pitch, duration, velocity) or an error."""
    found, path, part = {}, None, None
    # A command line holds only so much.
    for first in range(0, len(files), 200):
        text = subprocess.run([program, *flags, *files[first:first + 200]],
                              check=True, capture_output=True, text=True).stdout
        for line in text.splitlines():
            head, _, rest = line.partition(" ")
            if head == "file":
                path = rest
                found[path] = {}
            elif head == "part":
                part = found[path].setdefault(rest.split()[0], [])
            elif head == "error":
                name, _, error = rest.partition(" ")
                found[path][name] = [] if "no notes in the part" in error else error
            else:
                part.append(tuple(map(int, line.split())))
    return found


def tidy(notes):
    """One note for each onset and pitch, cut where its pitch starts again."""
    best = {}
    for onset, pitch, end, velocity in notes:
        old_end, old_velocity = best.get((onset, pitch), (0, 0))
        best[onset, pitch] = max(end, old_end), max(velocity, old_velocity)
    starts = collections.defaultdict(list)
    for onset, pitch in sorted(best):
        starts[pitch].append(onset)
    tidied = []
    for pitch, onsets in starts.items():
        for onset, following in zip(onsets, onsets[1:] + [None]):
            end, velocity = best[onset, pitch]
            end = max(end, onset + 1)
            tidied.append((onset, pitch, (end if following is None else min(end, following)) - onset, velocity))
    return sorted(tidied)


def theirs(midi, pedal):
    """mido's events as notes, and whether each key is released."""
    division, complete = midi.ticks_per_beat, True
    notes = {"pitched": [], "drums": []}
    # In the order of time; at one time in the order of the tracks.
    events, programs = [], {}
    for number, track in enumerate(midi.tracks):
        now = 0
        for order, message in enumerate(track):
            now += message.time
            if not message.is_meta:
                events.append((now, number, order, message))
            if message.type == "program_change":
                programs.setdefault((number, message.channel), message.program)
    events.sort(key=lambda event: event[:3])

    def same(channel, one, other):
        a, b = programs.get((one, channel)), programs.get((other, channel))
        return a is None or b is None or a == b

    tracks = collections.defaultdict(set)
    for _, number, _, message in events:
        if message.type == "note_on":
            tracks[message.channel].add(number)
    down, sostenuto = set(), {}
    keys = collections.defaultdict(collections.deque)  # (track, channel, pitch): (onset, velocity)
    held = collections.defaultdict(list)  # (track, channel): released under a pedal

    def end(place, pitch, onset, velocity, at):
        part = "drums" if place[1] == 9 else "pitched"
        notes[part].append((tick(onset, division), pitch, tick(at, division), velocity))

    def lift(place, at):
        """Ends what no pedal holds any more."""
        rest = []
        for pitch, onset, velocity, by_sostenuto in held[place]:
            by_sostenuto = by_sostenuto and place in sostenuto
            if place in down or by_sostenuto:
                rest.append((pitch, onset, velocity, by_sostenuto))
            else:
                end(place, pitch, onset, velocity, at)
        held[place] = rest

    def release(place, pitch, at):
        queue = keys[(*place, pitch)]
        if not queue:
            return
        onset, velocity = queue.popleft()
        captured = place in sostenuto and (pitch, onset, velocity) in sostenuto[place]
        if pedal and place[1] != 9 and (place in down or captured):
            held[place].append((pitch, onset, velocity, captured))
        else:
            end(place, pitch, onset, velocity, at)

    last = 0
    for now, number, _, message in events:
        if message.type in ("note_on", "note_off"):
            place = number, message.channel
            if message.type == "note_on" and message.velocity > 0:
                keys[(*place, message.note)].append((now, message.velocity))
            else:
                if place[1] != 9:
                    last = now
                release(place, message.note, now)
        elif message.type == "control_change":
            control, value = message.control, message.value
            for other in tracks[message.channel]:
                place = other, message.channel
                if control in (120, *range(123, 128)) and other == number:
                    for (track, channel, pitch), queue in keys.items():
                        # Not those that are struck at that very time.
                        while (track, channel) == place and queue and tick(queue[0][0], division) < tick(now, division):
                            complete = False
                            release(place, pitch, now)
                if not same(message.channel, other, number):
                    continue
                if control == 64:
                    (down.add if value >= 64 else down.discard)(place)
                elif control == 66 and value >= 64:
                    if place not in sostenuto:
                        sostenuto[place] = {(pitch, *note) for (track, channel, pitch), queue in keys.items()
                                            if (track, channel) == place for note in queue}
                elif control == 66 or control == 121:
                    sostenuto.pop(place, None)
                    if control == 121:
                        down.discard(place)
                elif control == 120:
                    for pitch, onset, velocity, _ in held[place]:
                        end(place, pitch, onset, velocity, now)
                    held[place] = []
                lift(place, now)
    down.clear()
    sostenuto.clear()
    for place in list(held):
        lift(place, last)
    for (track, channel, pitch), queue in keys.items():
        complete &= not queue
        for onset, velocity in queue:
            end((track, channel), pitch, onset, velocity, onset)
    return {part: tidy(found) for part, found in notes.items()}, complete


def starts(notes):
    return sorted((onset, pitch, velocity) for onset, pitch, _, velocity in notes)


class Tally:
    def __init__(self):
        self.files = self.notes = 0
        self.failed = []

    def hold(self, what, path, expected, found):
        self.notes += len(expected)
        if expected != found:
            missing = list((collections.Counter(expected) - collections.Counter(found)).elements())
            more = list((collections.Counter(found) - collections.Counter(expected)).elements())
            self.failed.append(f"{path}: {what}: {len(missing)} missing {missing[:3]}, {len(more)} more {more[:3]}")

    def line(self, name):
        print(f"{name}: {self.files} files, {self.notes} notes, {len(self.failed)} differ")
        for line in self.failed[:20]:
            print("   ", line)


def against_mido(program, files, tally):
    for flags in ([], ["--no-pedal"]):
        found = ours(program, files, *flags)
        for path in files:
            try:
                midi = mido.MidiFile(path, clip=True)
            except Exception:  # whatever it is that a damaged file makes it raise
                continue
            if midi.type == 2:
                continue
            tally.files += 1
            expected, complete = theirs(midi, pedal=not flags)
            for part, notes in expected.items():
                mine = found[path].get(part)
                mine = mine if isinstance(mine, list) else []
                if complete:
                    tally.hold(f"{part} {flags}", path, notes, sorted(mine))
                else:
                    tally.hold(f"{part}, onsets", path, starts(notes), starts(mine))


def alone(path):
    """Places (onset, pitch) of the notes of a file that overlap no other of their pitch."""
    midi = mido.MidiFile(path, clip=True)
    place = lambda at: tick(at, midi.ticks_per_beat)
    events = collections.defaultdict(list)
    for track in midi.tracks:
        now = 0
        for message in track:
            now += message.time
            if message.type in ("note_on", "note_off"):
                events[message.channel == 9, message.note].append(
                    (now, message.type == "note_on" and message.velocity > 0))
    found = {"pitched": set(), "drums": set()}
    for (drums, pitch), changes in events.items():
        # One onset, one release, later, and nothing else between two silences.
        changes.sort()
        held = 0
        for before, change, after in zip([None, *changes], changes, [*changes[1:], None]):
            now, starts = change
            if starts and held == 0 and after and not after[1] and place(after[0]) > place(now) \
                    and (before is None or place(before[0]) <= place(now)):
                found["drums" if drums else "pitched"].add((place(now), pitch))
            held = held + 1 if starts else max(held - 1, 0)
    return found


def against_pretty_midi(program, files, tally):
    found = ours(program, files, "--no-pedal")
    for path in files:
        try:
            midi = pretty_midi.PrettyMIDI(path)
        except Exception:
            continue
        tally.files += 1
        division, clear = midi.resolution, alone(path)
        for part in ("pitched", "drums"):
            mine = found[path].get(part)
            mine = mine if isinstance(mine, list) else []
            read = [(midi.time_to_tick(note.start), note.pitch, midi.time_to_tick(note.end), note.velocity)
                    for instrument in midi.instruments if instrument.is_drum == (part == "drums")
                    for note in instrument.notes]
            ends = {(tick(onset, division), pitch): tick(end, division) for onset, pitch, end, _ in read}
            # It drops notes without a release, and those that last no time.
            theirs_starts = {(tick(onset, division), pitch) for onset, pitch, _, _ in read}
            mine_starts = {(onset, pitch) for onset, pitch, _, _ in mine}
            tally.notes += len(theirs_starts)
            if not theirs_starts <= mine_starts:
                tally.failed.append(f"{path}: {part}: {len(theirs_starts - mine_starts)} onsets missing")
            lengths = {(onset, pitch): duration for onset, pitch, duration, _ in mine}
            # One tick: it keeps times as seconds.
            wrong = [(place, ends[place] - place[0], lengths[place]) for place in clear[part] & ends.keys()
                     if place in lengths and abs(lengths[place] - (ends[place] - place[0])) > 1]
            if wrong:
                tally.failed.append(f"{path}: {part}: {len(wrong)} durations differ {wrong[:3]}")


def damaged(program, files, tally, folder):
    """Whatever mido reads of a damaged file, import does."""
    dice = random.Random(2018)
    copies = []
    for path in files:
        data = bytearray(open(path, "rb").read())
        for _ in range(dice.randint(1, 8)):
            data[dice.randrange(14, len(data))] = dice.randrange(256)
        copy = os.path.join(folder, f"{len(copies)}.mid")
        with open(copy, "wb") as out:
            out.write(data)
        copies.append(copy)
    found = ours(program, copies, "--no-pedal")
    for path, source in zip(copies, files):
        try:
            midi = mido.MidiFile(path, clip=True)
        except Exception:
            continue
        tally.files += 1
        expected, _ = theirs(midi, pedal=False)
        for part, notes in expected.items():
            mine = found[path].get(part)
            mine = starts(mine) if isinstance(mine, list) else []
            # Beyond a million bars notes are dropped.
            wanted = [note for note in starts(notes) if note[0] < 96_000_000]
            tally.notes += len(wanted)
            missing = collections.Counter(wanted) - collections.Counter(mine)
            if missing and midi.type != 2:
                tally.failed.append(f"{path} of {source}: {part}: {sum(missing.values())} of {len(wanted)} missing "
                                    f"{list(missing)[:3]}")


def main():
    program, files = sys.argv[1], sys.argv[2:]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, check in [("mido", against_mido), ("pretty_midi", against_pretty_midi),
                            ("damaged copies, mido", lambda *args: damaged(*args, folder))]:
            tally = Tally()
            check(program, files, tally)
            tally.line(name)
            failed += len(tally.failed)
    sys.exit(failed > 0)


main()
