//! What training and composing spend their time on: `cargo bench -p jukebox-model --features train`.

mod composing;
mod layer;
mod music;
mod step;

fn main() {
    divan::main();
}
