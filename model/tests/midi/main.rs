//! MIDI files, as users have them: what import makes of each, and what export gives back.

mod corpora;
mod damage;
mod drum_channels;
mod files;
mod import;
mod odd;
mod parts;
mod pedals;
mod round_trip;
mod score;
