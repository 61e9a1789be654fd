//! Tables under `data/`, read into their types.

use serde::de::DeserializeOwned;

/// Reads a table. By way of plain values: a TOML reader for every row type would be a sixth of the module's code.
///
/// # Errors
/// What does not fit, in words; only tests and the module's build ever see it.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value: serde_json::Value = toml::from_str(text).map_err(|error| error.to_string())?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}
