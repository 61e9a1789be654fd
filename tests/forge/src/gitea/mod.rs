//! A fake of Gitea and Forgejo: their REST API (v1) as far as a pull-request bot asks for it. The invariant is that of the
//! fake GitHub: nothing succeeds here that they are known to refuse. All repositories are private.

mod access;
mod body;
mod conversation;
mod forge;
mod issues;
mod objects;
mod pulls;
mod refusal;
mod reviews;
mod route;
mod shown;
mod state;
mod status;

pub use access::Token;
pub use conversation::{Conversation, Remark, Review};
pub use forge::{Gitea, Pull};
pub use state::{Limits, Status};
