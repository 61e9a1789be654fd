//! Options as JavaScript gives them, and the engine that they configure.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use hallpass_rules::detect::Handed;
use hallpass_rules::engine::tree::Files;
use hallpass_rules::policy::{Extended, Problem};
use hallpass_rules::{Engine, Settings};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::arguments::{self, error};
use super::out;
use crate::offsets::in_utf16;

/// The path of the configuration, in what is said of it.
pub(super) const CONFIG: &str = "hallpass.toml";
/// The key of whoever gives none.
const KEY: &str = "hallpass";

/// What offsets count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Unit {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16")]
    Utf16,
}

impl Unit {
    /// That which is named, or the first.
    pub(super) fn read(value: &JsValue) -> Result<Self, JsValue> {
        if value.is_undefined() || value.is_null() {
            return Ok(Self::default());
        }
        match arguments::text(value, "offsets")?.as_str() {
            "utf-8" => Ok(Self::Utf8),
            "utf-16" => Ok(Self::Utf16),
            other => Err(error(format!("offsets: `utf-8` or `utf-16` is wanted, not `{other}`"))),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Options {
    pub(super) today: Option<String>,
    pub(super) config: Option<String>,
    /// Texts by path.
    pub(super) extended: BTreeMap<String, String>,
    pub(super) select: Vec<String>,
    pub(super) ignore: Vec<String>,
    pub(super) preview: bool,
    pub(super) key: Option<String>,
    pub(super) whole: bool,
    /// Texts by name.
    pub(super) detectors: BTreeMap<String, String>,
    pub(super) offsets: Unit,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            today: None,
            config: None,
            extended: BTreeMap::new(),
            select: Vec::new(),
            ignore: Vec::new(),
            preview: false,
            key: None,
            whole: true,
            detectors: BTreeMap::new(),
            offsets: Unit::default(),
        }
    }
}

thread_local! {
    /// The engine of the last options: whoever checks file after file gives the same ones each time.
    static LAST: RefCell<Option<(Options, Rc<Engine>)>> = const { RefCell::new(None) };
}

impl Options {
    /// Those that were given, on the day that it is for whoever names none.
    pub(super) fn read(value: &JsValue) -> Result<Self, JsValue> {
        let mut options: Self = arguments::object(value, "options")?;
        options.today.get_or_insert_with(|| {
            let now = String::from(js_sys::Date::new_0().to_iso_string());
            now.chars().take("2026-11-24".len()).collect()
        });
        Ok(options)
    }

    /// The engine that they configure.
    pub(super) fn engine(&self) -> Result<Rc<Engine>, JsValue> {
        let known = LAST.with_borrow(|last| {
            last.as_ref().filter(|(options, _)| options == self).map(|(_, engine)| Rc::clone(engine))
        });
        if let Some(engine) = known {
            return Ok(engine);
        }
        let told = |problems: Vec<Problem>| {
            error(problems.iter().map(|problem| self.said(problem)).collect::<Vec<_>>().join("\n"))
        };
        let engine = Rc::new(self.configured().map_err(told)?);
        LAST.set(Some((self.clone(), Rc::clone(&engine))));
        Ok(engine)
    }

    /// The engine, or everything that is wrong.
    pub(super) fn configured(&self) -> Result<Engine, Vec<Problem>> {
        let elsewhere = |message: String| vec![Problem { path: String::new(), at: None, message }];
        let today = self.today.as_deref().unwrap_or_default();
        let today =
            today.parse().map_err(|_| elsewhere("options.today: write the date as YYYY-MM-DD".to_owned()))?;
        let handed = |(path, text): (&String, &String)| Handed {
            path: path.clone(),
            asked: false,
            bytes: Ok(text.clone().into_bytes()),
        };
        let extended = |(path, text): (&String, &String)| Extended {
            path: path.clone(),
            bytes: Ok(text.clone().into_bytes()),
        };
        let engine = Engine::configure(Settings {
            config: self.config.as_ref().map(|text| (CONFIG.to_owned(), text.clone().into_bytes())),
            extended: self.extended.iter().map(extended).collect(),
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            preview: self.preview,
            key: self.key.as_deref().unwrap_or(KEY).as_bytes().to_vec(),
            detectors: self.detectors.iter().map(handed).collect(),
            ..Settings::on(today)
        })?;
        if let Some(missing) = engine.wanted().first() {
            return Err(elsewhere(format!("options.extended: `{missing}` is extended and not there")));
        }
        let missing = engine.imported().wanted().next().map(str::to_owned);
        match missing {
            Some(missing) => {
                Err(elsewhere(format!("options.detectors: `{missing}` is asked for and not there")))
            }
            None => Ok(engine),
        }
    }

    /// The text of a file that was given as an option.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let config = || (path == CONFIG).then_some(self.config.as_deref()).flatten();
        let texts = self.detectors.get(path).or_else(|| self.extended.get(path));
        texts.map(String::as_str).or_else(config)
    }

    /// An answer with its offsets in what is asked for.
    pub(super) fn answer(&self, answer: &impl Serialize, files: &Files) -> Result<JsValue, JsValue> {
        if self.offsets == Unit::Utf8 {
            return out(answer);
        }
        let mut answer = serde_json::to_value(answer).map_err(error)?;
        let text = |path: &str| {
            let given = self.text(path).map(str::as_bytes);
            given.or_else(|| files.get(path).map(AsRef::as_ref))
        };
        in_utf16(&mut answer, text);
        out(&answer)
    }

    /// Where something is said of a file, and what.
    pub(super) fn said(&self, problem: &Problem) -> String {
        let at = problem.at.zip(self.text(&problem.path));
        match at {
            Some((at, text)) => {
                let before = text.get(..at.range().start).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
                format!("{}:{line}:{column}: {}", problem.path, problem.message)
            }
            None if problem.path.is_empty() => problem.message.clone(),
            None => format!("{}: {}", problem.path, problem.message),
        }
    }
}
