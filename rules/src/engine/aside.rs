//! What is no finding of the rules: the inventory, and what other tools found.

use super::{Engine, scrub};
use crate::detect;
use crate::dialect::Unit;
use crate::fact::UnitFacts;
use crate::finding::Finding;
use crate::finding::outside::{self, Outside};
use crate::inventory::Inventory;
use crate::ledger;
use crate::rule::World;

impl Engine {
    /// The inventory of a tree whose facts hold no secret of any unit; with the facts of an earlier version, also what came
    /// since. No text of it shows the given texts of secrets.
    #[must_use]
    pub fn inventory(
        &self,
        units: Vec<UnitFacts>,
        before: Option<Vec<UnitFacts>>,
        secrets: &[Vec<u8>],
    ) -> Inventory {
        let mut rows = ledger::registry_facts(&self.policy);
        for unit in &mut rows {
            scrub::Scrubber::of_texts(secrets).facts(unit, &mut []);
            scrub::Scrubber::new(&Unit::default(), &[], unit, &[]).facts(unit, &mut []);
        }
        let with_rows = |mut units: Vec<UnitFacts>| {
            units.extend(rows.iter().cloned());
            units
        };
        let units = with_rows(units);
        let world = World::of(&units, &self.policy, self.settings.today);
        let mut inventory = Inventory::of(&world);
        if let Some(before) = before.map(with_rows) {
            let earlier = World::of(&before, &self.policy, self.settings.today);
            inventory.since(&world, &Inventory::of(&earlier), &earlier);
        }
        inventory
    }

    /// What another tool found, as findings like ours in the same order, and what its rules begin with. The secrets of the
    /// tree are taken out of their words by the review, those that their shape tells here.
    ///
    /// # Errors
    /// The tool has no name to go by.
    pub fn adopt(&self, tool: &str, results: Vec<Outside>) -> Result<(String, Vec<Finding>), String> {
        let name = outside::namespace(tool)?;
        let tag = |bytes: &[u8]| detect::faint(&self.settings.key, bytes);
        let scrubber = scrub::Scrubber::of_shapes();
        let one = |mut result: Outside| {
            for spot in std::iter::once(&mut result.at).chain(result.related.iter_mut().map(|r| &mut r.spot))
            {
                if let Some(shown) = Self::shown(&spot.path) {
                    spot.path = shown;
                }
            }
            let mut finding = outside::finding(&name, result, tag);
            scrubber.judgement(&mut finding);
            finding
        };
        let findings = results.into_iter().map(one).collect();
        Ok((name, findings))
    }
}
