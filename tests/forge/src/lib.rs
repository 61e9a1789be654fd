//! Fake forges: HTTP servers in the process of a test, over real git repositories, that keep the rules of the forge they
//! stand for at least as strictly as it does. The pull-request bot is tried against them.
//!
//! A fake never knows the bot: it holds no dependency on any other crate of this repository, and where the forge's own
//! behaviour is not documented it is the stricter of the readings, with a comment that says so.
//!
//! A test makes a forge ([`Forge::github`], [`gitlab::GitLab::start`], [`gitea::Gitea::start`]), gives it a folder with a
//! git repository, opens a pull request of a commit there and grants a token; the client is then pointed at the forge's
//! URL. What came of it is read as data or Markdown (`conversation`), counted (`writes`) or looked up request by request
//! (`journal`). [`Fault`]s break requests on the way, hooks (`before`) change the forge between two of them.
//!
//! With `HALLPASS_EXCHANGES=FOLDER` all that is exchanged is recorded there without tokens, and
//! `tests/forge/validators/run.sh FOLDER` holds the part of the fake GitHub against what GitHub publishes.

#![recursion_limit = "256"] // the objects that `json!` is given are as large as GitHub's
#![allow(clippy::expect_used, clippy::panic)] // a test that cannot run says so by panicking

mod clock;
mod control;
mod diff;
mod exchange;
mod fake;
mod follow;
mod git;
pub mod gitea;
pub mod github;
pub mod gitlab;
mod page;
mod server;

pub use control::{Answer, Fault, Matching};
pub use exchange::{Exchange, Request};
pub use fake::Fake;
pub use github::Forge;
