//! Usages of commands, written as a manual writes them: `-p SECRET`, `--user USER:SECRET`, `-DNAME=SECRET`.

/// What stands in an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing of interest: any other word in capitals.
    Other,
    /// The secret.
    Secret,
    /// The secret behind a word: `pass:SECRET`.
    Behind(String),
    /// Something behind the first such sign: `USER:SECRET`, `KEY=HEADER`.
    After(char, Box<Self>),
    /// The user of an address: `https://SECRET@host`.
    User,
    /// The name of the secret in the argument behind it.
    Name,
    /// `NAME=SECRET`.
    Named,
    /// Several of those, between such signs: `NAME=SECRET,…`.
    List(char),
    /// A header of HTTP.
    Header,
    /// A script.
    Script,
    /// A document, by the ending that names of such files have.
    Document(&'static str),
}

/// How an option is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Usage {
    /// The option with its dashes, `=` included if it is written.
    pub(super) option: String,
    /// Whether the value stands in the same argument.
    pub(super) joined: bool,
    /// What the value is.
    pub(super) value: Form,
}

/// Arguments behind a sub-command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Operands {
    /// Each in its order.
    pub(super) of: Vec<Form>,
    /// Whether the last stands for any number.
    pub(super) repeats: bool,
}

/// Stands for any number of what is before it.
const MORE: &str = "…";
/// Where the value of a joined option begins.
const STARTS: [&str; 3] = ["SECRET", "NAME=", "HEADER"];

impl Form {
    /// Reads a form; `None` for one that is not known.
    pub(super) fn read(text: &str) -> Option<Self> {
        Some(match text {
            "SECRET" => Self::Secret,
            "NAME" => Self::Name,
            "NAME=SECRET" => Self::Named,
            "NAME=SECRET,…" => Self::List(','),
            "NAME=SECRET …" => Self::List(' '),
            "NAME=SECRET&…" => Self::List('&'),
            "HEADER" => Self::Header,
            "SCRIPT" => Self::Script,
            "YAML" => Self::Document(".yaml"),
            "URL" => Self::User,
            "KEY=HEADER" => Self::After('=', Box::new(Self::Header)),
            _ => match text.strip_suffix("SECRET") {
                Some(before) if before.starts_with(|c: char| c.is_ascii_lowercase()) => {
                    Self::Behind(before.to_owned())
                }
                Some(before) => {
                    let sign = before.chars().next_back()?;
                    let user = before.strip_suffix(sign)?;
                    let capitals = !user.is_empty() && user.chars().all(|c| c.is_ascii_uppercase());
                    if !capitals || sign.is_alphanumeric() {
                        return None;
                    }
                    Self::After(sign, Box::new(Self::Secret))
                }
                None => text.chars().all(|c| c.is_ascii_uppercase()).then_some(Self::Other)?,
            },
        })
    }
}

impl Usage {
    /// Reads a usage; `None` for one that is not well formed.
    pub(super) fn read(text: &str) -> Option<Self> {
        if !text.starts_with('-') {
            return None;
        }
        if let Some((option, value)) = text.split_once(' ')
            && !STARTS.iter().any(|start| option.contains(start))
        {
            return Some(Self { option: option.to_owned(), joined: false, value: Form::read(value)? });
        }
        let user = text.find("USER").into_iter();
        let at = STARTS.iter().filter_map(|start| text.find(start)).chain(user).min()?;
        let (option, value) = text.split_at_checked(at)?;
        Some(Self { option: option.to_owned(), joined: true, value: Form::read(value)? })
    }
}

impl Operands {
    /// Reads arguments; `None` for those that are not well formed.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (text, repeats) = match text.strip_suffix(MORE) {
            Some(before) => (before, true),
            None => (text, false),
        };
        let of = text.split_whitespace().map(Form::read).collect::<Option<Vec<_>>>()?;
        (!repeats || !of.is_empty()).then_some(Self { of, repeats })
    }

    /// What stands in an argument, by its place from 0.
    pub(super) fn at(&self, place: usize) -> Option<&Form> {
        self.of.get(place).or_else(|| self.of.last().filter(|_| self.repeats))
    }
}
