//! Tokens and their scopes.

use super::refusal::{forbidden, not_found, unauthorized};
use super::state::{Repository, State};
use crate::exchange::{Request, Response};

/// What a test grants.
#[derive(Debug, Clone)]
pub struct Token {
    /// Who acts with it.
    pub login: String,
    /// `read:repository`, `write:issue`, … <https://docs.gitea.com/development/oauth2-provider#scopes>
    pub scopes: Vec<String>,
    /// After so many requests it is answered with 401.
    pub expires_after_requests: Option<usize>,
}

impl Token {
    /// With scopes.
    #[must_use]
    pub fn new(login: &str, scopes: &[&str]) -> Self {
        let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
        Self { login: login.to_owned(), scopes, expires_after_requests: None }
    }
}

/// A token and what became of it.
pub(crate) struct TokenState {
    pub(crate) token: Token,
    pub(crate) requests: usize,
}

/// Whose request it is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) login: String,
    scopes: Vec<String>,
}

impl Caller {
    /// The scope of a category of endpoints: reading ones need to read, all others to write.
    pub(crate) fn scope(&self, method: &str, category: &str) -> Result<(), Response> {
        let level = if method == "GET" { "read" } else { "write" };
        let needed = format!("{level}:{category}");
        let held = |scope: &String| *scope == needed || *scope == format!("write:{category}");
        if self.scopes.iter().any(held) {
            return Ok(());
        }
        let held = self.scopes.join(",");
        Err(forbidden(&format!(
            "token does not have at least one of required scope(s), required=[{needed}], token scope={held}"
        )))
    }

    /// The repository, if the person may read it: to others it does not exist.
    pub(crate) fn repository<'a>(
        &self,
        state: &'a State,
        full_name: &str,
    ) -> Result<&'a Repository, Response> {
        let readable = |repository: &&Repository| repository.permission(&self.login) != "none";
        state.find(full_name).filter(readable).ok_or_else(not_found)
    }
}

/// Finds out whose token it is.
pub(crate) fn authenticate(state: &mut State, request: &Request) -> Result<Caller, Response> {
    let header = request.header("authorization").ok_or_else(|| unauthorized("token is required"))?;
    let secret = header.strip_prefix("token ").or_else(|| header.strip_prefix("Bearer "));
    let unknown = || unauthorized("user does not exist [uid: 0, name: ]");
    let held = secret.and_then(|secret| state.tokens.get_mut(secret)).ok_or_else(unknown)?;
    held.requests += 1;
    if held.token.expires_after_requests.is_some_and(|most| held.requests > most) {
        return Err(unknown());
    }
    Ok(Caller { login: held.token.login.clone(), scopes: held.token.scopes.clone() })
}
