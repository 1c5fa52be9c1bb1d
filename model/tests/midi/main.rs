//! MIDI files, as users have them: what import makes of each, and what export gives back.

mod corpora;
mod damage;
mod files;
mod import;
mod parts;
mod round_trip;
