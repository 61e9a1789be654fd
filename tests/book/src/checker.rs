//! The seam between the tests and what they test: the engine as a library, or the built module.

use std::sync::Arc;

use hallpass_rules::dialect::Outline;
use hallpass_rules::finding::{Finding, Fix};
use hallpass_rules::ledger::{Guardrail, Review, Tree};
use hallpass_rules::{Answer, Engine, Input, Recognition, Settings};
use jiff::civil::{Date, date};

/// The day on which every example is judged.
pub const TODAY: Date = date(2026, 11, 24);

/// Checks units and reviews trees.
pub trait Checker {
    /// What the path alone says.
    fn recognise(&self, path: &str) -> Recognition;
    /// The unit of a file and what it asks for.
    fn outline(&self, path: &str, bytes: &Arc<[u8]>) -> Outline;
    /// Judges one unit.
    fn check(&self, key: &str, inputs: &[Input]) -> Answer;
    /// Judges the tree.
    fn review(&self, tree: Tree) -> Review;
    /// What of the later version of the guardrail is weaker than the earlier one.
    fn weakened(&self, before: Guardrail, after: Guardrail) -> Vec<Finding>;
    /// Writes the remedies that a finding of the review left pending.
    fn mend(&self, key: &str, inputs: &[Input], finding: Finding) -> Vec<Fix>;
}

/// Makes a checker for one tree; the argument is the text of its `hallpass.toml`, if it has one.
pub type Configure<'c> = &'c dyn Fn(Option<&[u8]>) -> Result<Box<dyn Checker>, String>;

/// The engine, called as a library.
#[derive(Debug)]
pub struct Native(Engine);

impl Native {
    /// The engine with all rules.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn configure(config: Option<&[u8]>) -> Result<Box<dyn Checker>, String> {
        let settings = Settings {
            config: config.map(|bytes| ("hallpass.toml".to_owned(), bytes.to_vec())),
            preview: true,
            key: b"tests".to_vec(),
            ..Settings::on(TODAY)
        };
        match Engine::configure(settings) {
            Ok(engine) => Ok(Box::new(Self(engine))),
            Err(problems) => Err(problems.iter().map(|p| p.message.as_str()).collect::<Vec<_>>().join("; ")),
        }
    }
}

impl Checker for Native {
    fn recognise(&self, path: &str) -> Recognition {
        Engine::recognise(path)
    }

    fn outline(&self, path: &str, bytes: &Arc<[u8]>) -> Outline {
        Engine::outline(path, Arc::clone(bytes))
    }

    fn check(&self, key: &str, inputs: &[Input]) -> Answer {
        self.0.check(key, inputs)
    }

    fn review(&self, tree: Tree) -> Review {
        self.0.review(tree)
    }

    fn weakened(&self, before: Guardrail, after: Guardrail) -> Vec<Finding> {
        self.0.weakened(&before, &after, Vec::new, &[])
    }

    fn mend(&self, key: &str, inputs: &[Input], finding: Finding) -> Vec<Fix> {
        self.0.mend(key, inputs, vec![finding]).pop().unwrap_or_default()
    }
}
