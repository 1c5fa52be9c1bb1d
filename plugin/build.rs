//! Keeps the library loaded on Linux once a host has loaded it.
//!
//! Closing the window does not wait for the window's thread: where a host unloads the library right after,
//! that thread ends in code that is gone, and takes the host down.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
