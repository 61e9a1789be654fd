//! Rights that a property gives by naming them: those of an access policy of a vault or of a rule of a namespace, and who
//! may sign in to an application.

use super::site::{Site, items};
use crate::dialect::arm::tables::{self, Everybody};
use crate::dialect::values::text_of;
use crate::fact::{Approval, Body, Effect, Grant, Known, Principal, Ref, Text};

pub(super) fn lower(site: &mut Site<'_, '_, '_>) {
    for row in tables::given(site.kind) {
        for found in site.all(&row.property).iter().flat_map(items) {
            if matches!(found.value.value, Known::Unknown(_)) {
                site.unresolved(&found.value);
            }
            let name = text_of(&found.value).to_string().to_ascii_lowercase();
            let Some(action) = row.names.get(&name) else { continue };
            let grant = Grant {
                holder: Ref::new("azure", row.is.as_str(), [], site.address),
                effect: Effect::Allow,
                actions: vec![Text::literal(action.clone())],
                actions_except: false,
                resources: vec![Text::literal("*")],
                resources_except: false,
                principals: row.to.map(|Everybody::AnyAccount| Principal::AnyAccount).into_iter().collect(),
                conditions: Vec::new(),
                approval: Approval::None,
            };
            let id = site.at_found(&found, Body::Grant(grant));
            // Whom an application lets sign in may still be nobody in it.
            if let Some(fact) = site.out.fact_mut(id) {
                fact.lesser |= row.to.is_some();
            }
        }
    }
}
