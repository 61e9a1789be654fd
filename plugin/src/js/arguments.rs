//! Arguments as JavaScript gives them. Whatever they are, nothing is thrown from inside a call: what is not wanted is told as an
//! error that names the argument and what it should be, and the instance goes on.
//!
//! Invariant: values of the caller are touched only by functions that return what they throw.

use std::sync::Arc;

use hallpass_rules::engine::tree::Files;
use js_sys::{Array, Error, JSON, JsString, Map, Reflect, TypeError, Uint8Array};
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

/// What a path is to be.
const PATH: &str = "a path from the root of the tree, with `/` between its parts and none of them `.` or `..`, is wanted: \
                    `.github/workflows/ci.yml`";

/// An error that is thrown.
pub(super) fn error(message: impl std::fmt::Display) -> JsValue {
    Error::new(&message.to_string()).into()
}

/// The error of an argument that is of another type than wanted.
fn other(name: &str, wanted: &str, value: &JsValue) -> JsValue {
    TypeError::new(&format!("{name}: {wanted} is wanted, not {}", kind(value))).into()
}

fn kind(value: &JsValue) -> String {
    let kind = value.js_typeof().as_string().unwrap_or_default();
    match kind.as_str() {
        "undefined" => kind,
        "object" if value.is_null() => "null".to_owned(),
        "object" if Array::is_array(value) => "an array".to_owned(),
        "object" => "an object".to_owned(),
        _ => format!("a {kind}"),
    }
}

/// A text. Halves of surrogate pairs are replaced, as by `TextEncoder`.
pub(super) fn text(value: &JsValue, name: &str) -> Result<String, JsValue> {
    value.as_string().ok_or_else(|| other(name, "a string", value))
}

/// A path from the root of a tree.
pub(super) fn path(value: &JsValue, name: &str) -> Result<String, JsValue> {
    let path = text(value, name)?;
    // Replaced, two files could be one.
    if value.dyn_ref::<JsString>().is_some_and(|given| !given.is_valid_utf16()) {
        return Err(error(format!("{name} {path:?}: it holds half of a surrogate pair")));
    }
    match is_path(&path) {
        true => Ok(path),
        false => Err(error(format!("{name} {path:?}: {PATH}"))),
    }
}

/// Whether a text is a path from a root: no file of any tree has another name.
fn is_path(path: &str) -> bool {
    let mut letters = path.chars();
    let drive = letters.next().is_some_and(|c| c.is_ascii_alphabetic()) && letters.next() == Some(':');
    let drive = drive && matches!(letters.next(), Some('/' | '\\') | None);
    !drive && !path.starts_with('\\') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// What a file holds.
pub(super) fn content(value: &JsValue, name: &str) -> Result<Arc<[u8]>, JsValue> {
    if let Some(text) = value.as_string() {
        return Ok(Arc::from(text.into_bytes()));
    }
    match value.dyn_ref::<Uint8Array>() {
        // Of an array that was handed to somebody else, nothing can be copied.
        Some(bytes) if bytes.length() == 0 => Ok(Arc::from([])),
        Some(bytes) => Ok(Arc::from(bytes.to_vec())),
        None => Err(other(name, "a string or a Uint8Array", value)),
    }
}

/// Files by path: a plain object, or a `Map`.
pub(super) fn files(value: &JsValue) -> Result<Files, JsValue> {
    let mut files = Files::new();
    let mut put = |key: &JsValue, file: &JsValue| {
        let path = path(key, "files: path")?;
        let content = content(file, &format!("files[{path:?}]"))?;
        files.insert(path, content);
        Ok::<(), JsValue>(())
    };
    if let Some(map) = value.dyn_ref::<Map>() {
        for entry in Array::from(map).iter() {
            put(&Reflect::get_u32(&entry, 0)?, &Reflect::get_u32(&entry, 1)?)?;
        }
        return Ok(files);
    }
    if !value.is_object() || Array::is_array(value) || value.is_instance_of::<Uint8Array>() {
        return Err(other("files", "an object of texts by path", value));
    }
    for key in Reflect::own_keys(value)?.iter().filter(JsValue::is_string) {
        put(&key, &Reflect::get(value, &key)?)?;
    }
    Ok(files)
}

/// A plain object, or what stands for one that is not given. What is not known of it is an error, since it was meant to do
/// something.
pub(super) fn object<T: DeserializeOwned + Default>(value: &JsValue, name: &str) -> Result<T, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    wanted(value, name)
}

/// A plain object that must be given.
pub(super) fn wanted<T: DeserializeOwned>(value: &JsValue, name: &str) -> Result<T, JsValue> {
    if !value.is_object() || Array::is_array(value) {
        return Err(other(name, "an object", value));
    }
    plain(value, name)
}

/// A list that must be given.
pub(super) fn list<T: DeserializeOwned>(value: &JsValue, name: &str) -> Result<Vec<T>, JsValue> {
    if !Array::is_array(value) {
        return Err(other(name, "an array", value));
    }
    plain(value, name)
}

/// A value as JSON has it.
fn plain<T: DeserializeOwned>(value: &JsValue, name: &str) -> Result<T, JsValue> {
    let unfit = |why: &str| -> JsValue { TypeError::new(&format!("{name}: {why}")).into() };
    let json = JSON::stringify(value).map_err(|_| unfit("it is to be plain: what JSON can hold"))?;
    // Of a function, or of what says so of itself, JSON has nothing.
    let json = json.as_string().ok_or_else(|| unfit("it is to be plain: what JSON can hold"))?;
    let json = whole(json);
    let mut reader = serde_json::Deserializer::from_str(&json);
    serde_path_to_error::deserialize(&mut reader).map_err(|wrong| {
        let at = wrong.path().to_string();
        let why = wrong.inner().to_string();
        // Where in the JSON means nothing to who gave an object.
        let why = why.rsplit_once(" at line ").map_or(why.as_str(), |(why, _)| why);
        match at.as_str() {
            "." => unfit(why),
            at if at.starts_with('[') => TypeError::new(&format!("{name}{at}: {why}")).into(),
            at => TypeError::new(&format!("{name}.{at}: {why}")).into(),
        }
    })
}

/// JSON without escapes of halves of surrogate pairs, which `JSON.stringify` writes for nothing else.
fn whole(json: String) -> String {
    if !json.contains("\\ud") {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        // `\ud83d`; any other escape is two characters, or goes on with such as need no care.
        let is_half = escape.get(1..3) == Some("ud") && escape.get(3..4).is_some_and(|c| c >= "8");
        let length = if is_half { 6 } else { 2 };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(if is_half { "\\ufffd" } else { escape });
        rest = behind;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_nothing_else() {
        assert_eq!(
            whole(r#"["\ud800","\udfffx","\\ud800","\"\n","é"]"#.to_owned()),
            r#"["\ufffd","\ufffdx","\\ud800","\"\n","é"]"#
        );
        assert_eq!(whole(r#"["\ud7ff"]"#.to_owned()), r#"["\ud7ff"]"#);
    }

    #[test]
    fn paths_are_those_of_files_of_a_tree() {
        for path in ["a", ".github/workflows/a.yml", "a b/é", "a:b", "__proto__", "..a/b..", "c:x"] {
            assert!(is_path(path), "{path}");
        }
        for path in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "C:/a", "c:\\a", "\\\\host\\a", "."] {
            assert!(!is_path(path), "{path}");
        }
    }
}
