//! What the end-to-end tests share: the binary under test in a folder of its own, and the built module as a
//! [`hallpass_book::checker::Checker`].

pub mod binary;
pub mod built;
pub mod git;
pub mod scene;
pub mod schema;
pub mod server;
