//! A fake of GitHub: its REST API as far as a pull-request bot asks for it, review threads in GraphQL, apps and their
//! tokens, check runs, webhooks. The invariant: nothing succeeds here that github.com is known to refuse.

mod access;
mod annotation;
mod app;
mod body;
mod check;
mod conversation;
mod discussion;
mod forge;
mod graphql;
mod jwt;
mod key;
mod objects;
mod person;
mod placement;
mod pull;
mod refusal;
mod render;
mod reviews;
mod route;
mod state;
mod status;
mod threads;
mod webhook;

pub use access::{App, Kind, Rate, Secondary, Token};
pub use conversation::{Check, Conversation, Said, Thread};
pub use forge::{Forge, Pull, WorkflowRun};
pub use key::Key;
pub use person::Person;
pub use state::{Limits, Status};
pub use webhook::{Delivered, Delivery, Event};
