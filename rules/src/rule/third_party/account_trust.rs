//! `third-party/account-trust`: a role that another account as a whole may take, with nothing that says for whom it acts.

use crate::fact::{Principal, Ref, Trust};
use crate::finding::Severity;
use crate::rule::analysis::conditions::{self, Strength};
use crate::rule::{Verdicts, World};

pub(crate) fn judge(world: &World<'_>, out: &mut Verdicts<'_>) {
    for (at, trust) in world.trusts() {
        let accounts: Vec<&Ref> = accounts(trust).collect();
        let Some(first) = accounts.first() else { continue };
        let own = own(trust);
        if accounts.iter().all(|account| own.is_some_and(|own| account.name.known() == Some(own))) {
            out.pass(&at, "it is the account of the role itself");
        } else if conditions::who(&trust.conditions) != Strength::None {
            out.pass(&at, "a condition says more of who calls");
        } else if accounts.iter().all(|account| world.policy.approves_ref(account)) {
            out.pass(&at, "policy approves the account");
        } else {
            // Of a role whose account is not known, the account may be its own.
            let (whose, severity) = match own {
                Some(_) => ("another account", Severity::Medium),
                None => ("if that is another party's account", Severity::Low),
            };
            let message = format!(
                "everyone whom account `{}` lets may act as this role ({whose}), and nothing says for whom they act; \
                 accepted: `sts:ExternalId`, `aws:PrincipalOrgID`, or one of its roles in full",
                first.name
            );
            let draft = out.report(&at, message).severity(severity);
            draft.judged([trust.opens.to_string()]).covers(accounts.iter().map(|a| a.to_string()));
        }
    }
}

/// The accounts that are trusted as a whole.
fn accounts(trust: &Trust) -> impl Iterator<Item = &Ref> {
    let is_role = trust.opens.platform == "aws" && trust.opens.kind == "role";
    trust.to.iter().filter_map(move |principal| match principal {
        Principal::Entity(entity) if is_role && entity.kind == "account" && entity.name.known().is_some() => {
            Some(entity)
        }
        _ => None,
    })
}

/// The account of the role, where its name says it.
fn own(trust: &Trust) -> Option<&str> {
    trust.opens.scope.first()?.known().filter(|account| account.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use crate::fact::{Body, Condition, ContextId, Principal, Ref, Text, Trust, Why};
    use crate::rule::analysis::sample::{Sample, judge};

    fn trust(own: Option<&str>, to: &str, conditions: Vec<Condition>) -> Body {
        let scope = own.map_or_else(|| Text::hole(Why::Variable("account".to_owned())), Text::literal);
        Body::Trust(Trust {
            opens: Ref::new("aws", "role", [scope], "audit"),
            to: vec![Principal::Entity(Ref::new("aws", "account", [], to))],
            claims: Vec::new(),
            conditions,
        })
    }

    #[test]
    fn a_whole_account_needs_a_word_on_whose_behalf_it_calls() {
        let asked = |operator: &str, key: &str, value: &str| Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: vec![Text::literal(value)],
        };
        let mut sample = Sample::new("trust.json");
        let (own, other) = ("123456789012", "210987654321");
        let tls = asked("Bool", "aws:SecureTransport", "true");
        for body in [
            trust(Some(own), other, Vec::new()),
            trust(None, other, vec![tls]),
            trust(Some(own), own, Vec::new()),
            trust(None, other, vec![asked("StringEquals", "sts:ExternalId", "x")]),
            trust(None, other, vec![asked("StringEquals", "aws:PrincipalOrgID", "o-1")]),
        ] {
            sample.state(ContextId(0), body);
        }
        let said = judge("third-party/account-trust", &[&sample]);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].starts_with("medium @0 ") && said[1].starts_with("low @10 "), "{said:?}");
    }
}
