//! The part of GraphQL that review threads need. A document is read, and answered by the fields it names, whatever their
//! order, aliases, fragments or variables.

mod types;

use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection, SelectionSet, Type, Value as Literal,
    VariableDefinition, parse_query,
};
use serde_json::{Map, Value, json};

use self::types::{Found, Object};
use super::access::Caller;
use super::body::Body;
use super::refusal::bad_request;
use super::route::Outcome;
use super::state::State;
use crate::exchange::{Request, Response};

/// A document that borrows nothing: its lifetimes are the simplest.
type Text = String;

/// What went wrong with a field, in GitHub's form.
pub(super) struct Problem {
    kind: Option<&'static str>,
    message: String,
}

impl Problem {
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind: Some(kind), message: message.into() }
    }

    /// The document does not fit the schema: nothing of it is answered.
    fn undefined(message: String) -> Self {
        Self { kind: None, message }
    }
}

/// A document being answered.
pub(super) struct Execution<'a> {
    pub(super) state: &'a mut State,
    pub(super) caller: &'a Caller,
    pub(super) changed: bool,
    document: &'a Document<'static, Text>,
    variables: Map<String, Value>,
    errors: Vec<Value>,
    path: Vec<Value>,
    /// A mistake in the document.
    undefined: bool,
}

/// Arguments of a field, with variables put in.
pub(super) type Arguments = Map<String, Value>;

pub(crate) fn answer(state: &mut State, request: &Request, caller: &Caller, wrote: &mut bool) -> Outcome {
    if caller.jwt {
        return Err(super::refusal::unauthorized("A JSON web token could not be decoded"));
    }
    let body = Body::of(request, &["query", "variables", "operationName"])?;
    let text = body.text("query")?.ok_or_else(|| bad_request("A query attribute must be specified"))?;
    let variables = match body.get("variables") {
        Some(Value::Object(variables)) => variables.clone(),
        None => Map::new(),
        Some(_) => return Err(bad_request("Variables must be an object")),
    };
    let document: Document<'static, Text> = match parse_query::<Text>(&text) {
        Ok(document) => document.into_static(),
        Err(error) => {
            return Ok(Response::json(200, json!({ "errors": [{ "message": error.to_string() }] })));
        }
    };
    let named = body.text("operationName")?;
    let Some((root, selection, declared)) = operation(&document, named.as_deref()) else {
        return Ok(Response::json(200, json!({ "errors": [{ "message": "No operation" }] })));
    };
    let mut execution = Execution {
        state,
        caller,
        changed: false,
        document: &document,
        variables: defaults(declared),
        errors: Vec::new(),
        path: Vec::new(),
        undefined: false,
    };
    execution.variables.extend(variables);
    if let Some(name) = unfit(declared, &execution.variables) {
        let message = format!("Variable ${name} was provided invalid value");
        return Ok(Response::json(200, json!({ "errors": [{ "message": message }] })));
    }
    let data = execution.object(&root, selection);
    *wrote = execution.changed && execution.errors.is_empty();
    let mut answer = Map::new();
    if !execution.undefined {
        answer.insert("data".to_owned(), data);
    }
    if !execution.errors.is_empty() {
        answer.insert("errors".to_owned(), execution.errors.into());
    }
    Ok(Response::json(200, answer.into()))
}

type Declared<'a> = &'a [VariableDefinition<'static, Text>];

/// The operation meant, and its variables.
fn operation<'a>(
    document: &'a Document<'static, Text>,
    named: Option<&str>,
) -> Option<(Object, &'a SelectionSet<'static, Text>, Declared<'a>)> {
    document.definitions.iter().find_map(|definition| {
        let Definition::Operation(operation) = definition else { return None };
        let (root, name, selection, variables) = match operation {
            OperationDefinition::SelectionSet(selection) => {
                return Some((Object::Query, selection, [].as_slice()));
            }
            OperationDefinition::Query(q) => {
                (Object::Query, &q.name, &q.selection_set, &q.variable_definitions)
            }
            OperationDefinition::Mutation(m) => {
                (Object::Mutation, &m.name, &m.selection_set, &m.variable_definitions)
            }
            OperationDefinition::Subscription(_) => return None,
        };
        (named.is_none() || named == name.as_deref()).then_some((root, selection, variables.as_slice()))
    })
}

fn defaults(declared: Declared<'_>) -> Map<String, Value> {
    let default = |variable: &VariableDefinition<'static, Text>| {
        Some((variable.name.clone(), literal(variable.default_value.as_ref()?, &Map::new())))
    };
    declared.iter().filter_map(default).collect()
}

/// The first variable whose value is not of its type.
fn unfit<'a>(declared: Declared<'a>, values: &Map<String, Value>) -> Option<&'a str> {
    fn fits(of: &Type<'static, Text>, value: Option<&Value>) -> bool {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            return !matches!(of, Type::NonNullType(_));
        };
        match of {
            Type::NonNullType(inner) => fits(inner, Some(value)),
            Type::ListType(inner) => match value {
                Value::Array(items) => items.iter().all(|item| fits(inner, Some(item))),
                one => fits(inner, Some(one)),
            },
            Type::NamedType(name) => match name.as_str() {
                "Int" => value.is_i64(),
                "String" => value.is_string(),
                "ID" => value.is_string() || value.is_i64(),
                "Boolean" => value.is_boolean(),
                _ => true,
            },
        }
    }
    let unfit =
        |variable: &&VariableDefinition<'static, Text>| !fits(&variable.var_type, values.get(&variable.name));
    declared.iter().find(unfit).map(|variable| variable.name.as_str())
}

impl Execution<'_> {
    fn object(&mut self, object: &Object, selection: &SelectionSet<'static, Text>) -> Value {
        let mut shown = Map::new();
        self.select(object, selection, &mut shown);
        shown.into()
    }

    fn select(&mut self, object: &Object, set: &SelectionSet<'static, Text>, shown: &mut Map<String, Value>) {
        for selection in &set.items {
            match selection {
                Selection::Field(field) => {
                    let name = field.alias.as_ref().unwrap_or(&field.name);
                    self.path.push(name.clone().into());
                    let value = self.field(object, field);
                    self.path.pop();
                    shown.insert(name.clone(), value);
                }
                Selection::InlineFragment(fragment) => {
                    if fragment.type_condition.as_ref().is_none_or(|on| object.is(&on.to_string())) {
                        self.select(object, &fragment.selection_set, shown);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let document = self.document;
                    let fragment = document.definitions.iter().find_map(|definition| match definition {
                        Definition::Fragment(fragment) if fragment.name == spread.fragment_name => {
                            Some(fragment)
                        }
                        _ => None,
                    });
                    match fragment {
                        Some(fragment) if object.is(&fragment.type_condition.to_string()) => {
                            self.select(object, &fragment.selection_set, shown);
                        }
                        Some(_) => {}
                        None => self.fail(
                            field_position(1, 1),
                            Problem::undefined(format!(
                                "Fragment {} was used, but not defined",
                                spread.fragment_name
                            )),
                        ),
                    }
                }
            }
        }
    }

    fn field(&mut self, object: &Object, field: &Field<'static, Text>) -> Value {
        let at = field_position(field.position.line, field.position.column);
        if field.name == "__typename" {
            return object.name().into();
        }
        let arguments: Arguments = field
            .arguments
            .iter()
            .map(|(name, value)| (name.clone(), literal(value, &self.variables)))
            .collect();
        match types::resolve(self, object, &field.name, &arguments) {
            Err(problem) => {
                self.fail(at, problem);
                Value::Null
            }
            Ok(None) => {
                let message = format!("Field '{}' doesn't exist on type '{}'", field.name, object.name());
                self.fail(at, Problem::undefined(message));
                Value::Null
            }
            Ok(Some(Found::Value(value))) => value,
            Ok(Some(found)) if field.selection_set.items.is_empty() => {
                let message = format!("Field '{}' must have selections", field.name);
                self.fail(at, Problem::undefined(message));
                drop(found);
                Value::Null
            }
            Ok(Some(Found::Object(found))) => self.object(&found, &field.selection_set),
            Ok(Some(Found::List(list))) => {
                let mut shown = Vec::new();
                for (index, object) in list.iter().enumerate() {
                    self.path.push(index.into());
                    shown.push(self.object(object, &field.selection_set));
                    self.path.pop();
                }
                shown.into()
            }
        }
    }

    fn fail(&mut self, at: Value, problem: Problem) {
        let mut error = json!({ "message": problem.message, "locations": [at], "path": self.path });
        match problem.kind {
            Some(kind) => error["type"] = kind.into(),
            None => self.undefined = true,
        }
        if problem.kind == Some("FORBIDDEN") {
            error["extensions"] = json!({ "saml_failure": false });
        }
        self.errors.push(error);
    }
}

fn field_position(line: usize, column: usize) -> Value {
    json!({ "line": line, "column": column })
}

fn literal(value: &Literal<'static, Text>, variables: &Map<String, Value>) -> Value {
    match value {
        Literal::Variable(name) => variables.get(name).cloned().unwrap_or_default(),
        Literal::Int(number) => number.as_i64().into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) => text.clone().into(),
        Literal::Boolean(value) => (*value).into(),
        Literal::Null => Value::Null,
        Literal::Enum(name) => name.clone().into(),
        Literal::List(items) => items.iter().map(|item| literal(item, variables)).collect(),
        Literal::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), literal(value, variables)));
            Value::Object(members.collect())
        }
    }
}
