//! A fake of GitLab: its REST API (v4) as far as a merge-request bot asks for it. The invariant is that of the fake
//! GitHub: nothing succeeds here that GitLab is known to refuse. All projects are private.

mod access;
mod conversation;
mod discussions;
mod forge;
mod merge_requests;
mod parameters;
mod people;
mod position;
mod refusal;
mod repository;
mod route;
mod state;
mod status;

pub use access::{Kind, Token};
pub use conversation::{Conversation, Discussion, Note};
pub use forge::{GitLab, MergeRequest};
pub use state::{Limits, Status};
