//! The fakes, asked as a client asks them: each rule refuses what breaks it and takes what keeps it.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)] // tests

mod client;
mod gitea;
mod github;
mod gitlab;

#[test]
fn the_fakes_know_no_other_crate_of_this_repository() {
    let (_, dependencies) = include_str!("../../Cargo.toml").split_once("[dependencies]").unwrap();
    assert!(
        dependencies.contains("hyper")
            && !dependencies.contains("hallpass")
            && !dependencies.contains("path =")
    );
}
