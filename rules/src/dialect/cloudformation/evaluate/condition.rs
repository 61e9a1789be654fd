//! Conditions: which of two branches holds when nobody sets a parameter.

use super::Evaluator;
use crate::dialect::cloudformation::intrinsic;
use crate::dialect::values::default_of;
use crate::document::Node;

impl Evaluator<'_> {
    /// Whether a condition holds by default, if the defaults of parameters tell.
    pub(in crate::dialect::cloudformation) fn holds(&mut self, name: &str) -> Option<bool> {
        if let Some(held) = self.held.get(name) {
            return *held;
        }
        let node = *self.template.conditions.get(name)?;
        // One that needs itself is not known.
        self.held.insert(name.to_owned(), None);
        let held = self.deep(|this| this.test(node)).flatten();
        self.held.insert(name.to_owned(), held);
        held
    }

    fn test(&mut self, node: &Node) -> Option<bool> {
        let call = intrinsic::call(node)?;
        let items = call.argument.items();
        match call.name {
            "Condition" => self.holds(call.argument.text()?),
            "Not" => self.test(items.first()?).map(|held| !held),
            "And" => {
                let held: Vec<Option<bool>> = items.iter().map(|item| self.test(item)).collect();
                match held.contains(&Some(false)) {
                    true => Some(false),
                    false => held.into_iter().collect::<Option<Vec<bool>>>().map(|_| true),
                }
            }
            "Or" => {
                let held: Vec<Option<bool>> = items.iter().map(|item| self.test(item)).collect();
                match held.contains(&Some(true)) {
                    true => Some(true),
                    false => held.into_iter().collect::<Option<Vec<bool>>>().map(|_| false),
                }
            }
            "Equals" => {
                let [first, second] = items else { return None };
                let first = default_of(&self.value(first)).text()?;
                let second = default_of(&self.value(second)).text()?;
                Some(first.known()? == second.known()?)
            }
            _ => None,
        }
    }
}
