//! Records as files: the built-in ones and those of the user. Runs on the conductor's thread and on the
//! thread that lists records; no other thread opens one.

pub mod facts;
pub mod list;
pub mod network_path;
pub mod store;

pub use facts::RecordFacts;
