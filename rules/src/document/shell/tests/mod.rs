#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub(crate) mod hostile;
mod mapping;
pub(crate) mod print;
mod structure;

use super::read;
use crate::document::script::{Script, Template};
use crate::document::{Scalar, Style};

fn script(text: &str) -> Script {
    read(&Scalar::verbatim(text, Style::Plain, 0), &[])
}

fn templated(text: &str, templates: &[Template]) -> Script {
    read(&Scalar::verbatim(text, Style::Plain, 0), templates)
}
