//! Which names stand for machines that somebody answers for (`data/machines.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::fact::Ref;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Machines {
    standing: Vec<String>,
    of_the_run: Vec<String>,
    logins: Vec<String>,
    kept: Vec<String>,
}

static MACHINES: LazyLock<Machines> = LazyLock::new(|| {
    // The table is part of the module; a test holds that it parses.
    #[allow(clippy::expect_used)]
    crate::table::read(include_str!("../../../data/machines.toml")).expect("data/machines.toml parses")
});

/// Reads the table now.
pub(crate) fn warm() {
    LazyLock::force(&MACHINES);
}

fn is_one(of: &[String], is: &Ref) -> bool {
    of.iter().any(|one| match one.split_once('/') {
        Some((platform, kind)) => platform == is.platform && kind == is.kind,
        None => *one == is.kind,
    })
}

/// An identity that stays until somebody takes it away.
pub(crate) fn is_standing(is: &Ref) -> bool {
    is_one(&MACHINES.standing, is)
}

/// One that comes and goes with a run.
pub(crate) fn is_of_the_run(is: &Ref) -> bool {
    is_one(&MACHINES.of_the_run, is)
}

/// A login by name.
pub(crate) fn is_login(is: &Ref) -> bool {
    is_one(&MACHINES.logins, is)
}

/// A credential that a store of the platform keeps.
pub(crate) fn is_kept(is: &Ref) -> bool {
    is_one(&MACHINES.kept, is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_that_of_its_platform_unless_it_is_one_of_all() {
        let is = |platform: &str, kind: &str| Ref::new(platform, kind, [], "x");
        assert!(is_standing(&is("aws", "user")) && !is_standing(&is("gcp", "user")));
        assert!(is_of_the_run(&is("gitlab", "job")) && !is_of_the_run(&is("aws", "role")));
        assert!(is_login(&is("docker", "user")) && is_kept(&is("kubernetes", "Secret")));
    }
}
