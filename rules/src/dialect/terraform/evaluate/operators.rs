//! Operators, conditionals and comprehensions.

use hcl_edit::expr::{BinaryOp, BinaryOperator, Conditional, Expression, ForExpr, UnaryOp, UnaryOperator};

use super::{Evaluator, Scope, default_of, map_alternatives, one_of};
use crate::dialect::terraform::syntax::Located;
use crate::fact::{Case, Datum, Known, Text, Why};
use crate::span::Source;

/// Most items a comprehension runs over.
const MAX_ITEMS: usize = 256;

impl<'u> Evaluator<'u> {
    pub(super) fn conditional(&mut self, choice: Located<'u, Box<Conditional>>, scope: &Scope) -> Datum {
        let condition = choice.to(&choice.node.cond_expr);
        let chosen = self.value(condition, scope);
        // A branch that is not taken is not evaluated: `var.x ? f(var.y) : null` must not spend on both.
        match as_bool(&chosen) {
            Some(true) => self.value(choice.to(&choice.node.true_expr), scope),
            Some(false) => self.value(choice.to(&choice.node.false_expr), scope),
            None => {
                let when = self.value(choice.to(&choice.node.true_expr), scope);
                let otherwise = self.value(choice.to(&choice.node.false_expr), scope);
                self.choose(condition, &chosen, when, otherwise, scope)
            }
        }
    }

    /// Both branches, as alternatives that belong to the condition.
    pub(super) fn choose(
        &mut self,
        condition: Located<'u, Expression>,
        chosen: &Datum,
        when: Datum,
        otherwise: Datum,
        scope: &Scope,
    ) -> Datum {
        if let Some(known) = as_bool(chosen) {
            return if known { when } else { otherwise };
        }
        let default = match &chosen.value {
            Known::OneOf { .. } => as_bool(default_of(chosen)),
            _ => None,
        };
        let choice = self.address(scope.instance, &condition.written());
        let of = vec![
            (when, Case::of(choice.clone(), "true"), default == Some(true)),
            (otherwise, Case::of(choice, "false"), default == Some(false)),
        ];
        one_of(condition.at(), of, false)
    }

    pub(super) fn unary(&mut self, operation: Located<'u, Box<UnaryOp>>, scope: &Scope, at: Source) -> Datum {
        let value = self.value(operation.to(&operation.node.expr), scope);
        let operator = *operation.node.operator.value();
        map_alternatives(&value, |value| {
            let result = match operator {
                UnaryOperator::Not => as_bool(value).map(|b| Known::Bool(!b)),
                UnaryOperator::Neg => as_number(value).map(|n| Known::Number(number(-n))),
            };
            result.map_or_else(
                || match operator {
                    UnaryOperator::Not => unanswered(value, at),
                    UnaryOperator::Neg => unknown(value, at),
                },
                |known| Datum::new(at, known),
            )
        })
    }

    pub(super) fn binary(
        &mut self,
        operation: Located<'u, Box<BinaryOp>>,
        scope: &Scope,
        at: Source,
    ) -> Datum {
        let left = self.value(operation.to(&operation.node.lhs_expr), scope);
        let right = self.value(operation.to(&operation.node.rhs_expr), scope);
        let operator = *operation.node.operator.value();
        let unknown = if is_test(operator) { unanswered } else { unknown };
        let (mut of, mut open) = (Vec::new(), false);
        for (a, first, lesser_a) in left.alternatives() {
            for (b, second, lesser_b) in right.alternatives() {
                let Some(case) = first.and(&second) else { continue };
                let value = match compute(operator, a, b) {
                    Some(known) => Datum::new(at, known),
                    None if matches!(a.value, Known::Unknown(_)) => unknown(a, at),
                    None => unknown(b, at),
                };
                of.push((value, case, !lesser_a && !lesser_b));
            }
        }
        for side in [&left, &right] {
            open |= matches!(side.value, Known::OneOf { open: true, .. });
        }
        one_of(at, of, open)
    }

    pub(super) fn comprehension(
        &mut self,
        each: Located<'u, Box<ForExpr>>,
        scope: &Scope,
        at: Source,
    ) -> Datum {
        let node = each.node;
        let collection = self.value(each.to(&node.intro.collection_expr), scope);
        let Some(items) = pairs(default_of(&collection)) else { return unknown(&collection, at) };
        if items.len() > MAX_ITEMS {
            return Datum::unknown(at, Why::Limit("a comprehension over too many items".to_owned()));
        }
        let (mut list, mut map) = (Vec::new(), Vec::new());
        for (key, value) in items {
            let mut inner = scope.with(node.intro.value_var.value().as_str(), value);
            if let Some(name) = &node.intro.key_var {
                inner = inner.with(name.value().as_str(), key);
            }
            if let Some(condition) = &node.cond {
                let condition = self.value(each.to(&condition.expr), &inner);
                if as_bool(default_of(&condition)) == Some(false) {
                    continue;
                }
            }
            let item = self.value(each.to(&node.value_expr), &inner);
            match &node.key_expr {
                None => list.push(item),
                Some(name) => {
                    let name = self.value(each.to(name), &inner);
                    let text = default_of(&name).text().unwrap_or_default();
                    let place = default_of(&name).at;
                    map.push((text, place, item));
                }
            }
        }
        let known = if node.key_expr.is_some() { Known::Map(map) } else { Known::List(list) };
        Datum::new(at, known)
    }
}

/// Keys and values of a collection: a list's are its positions.
pub(super) fn pairs(collection: &Datum) -> Option<Vec<(Datum, Datum)>> {
    match &collection.value {
        Known::List(items) => Some(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| (Datum::new(item.at, Known::Number(index.to_string())), item.clone()))
                .collect(),
        ),
        Known::Map(entries) => Some(
            entries
                .iter()
                .map(|(key, at, value)| (Datum::new(*at, Known::Text(key.clone())), value.clone()))
                .collect(),
        ),
        Known::Null => Some(Vec::new()),
        _ => None,
    }
}

pub(in crate::dialect::terraform) fn as_bool(value: &Datum) -> Option<bool> {
    match &value.value {
        Known::Bool(known) => Some(*known),
        Known::Text(text) => match text.known()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(in crate::dialect::terraform) fn as_number(value: &Datum) -> Option<f64> {
    value.known().and_then(|n| n.trim().parse().ok()).filter(|n: &f64| n.is_finite())
}

/// A number as Terraform prints it.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { value.to_string() }
}

/// Why an operation on a value has no result.
pub(super) fn unknown(value: &Datum, at: Source) -> Datum {
    let why = match &value.value {
        Known::Unknown(why) => why.clone(),
        Known::Text(text) => text.why().cloned().unwrap_or_else(unsupported),
        _ => unsupported(),
    };
    Datum::unknown(at, why)
}

/// Whether an operator's result is yes or no.
fn is_test(operator: BinaryOperator) -> bool {
    use BinaryOperator::{And, Eq, Greater, GreaterEq, Less, LessEq, NotEq, Or};
    matches!(operator, Eq | NotEq | Less | LessEq | Greater | GreaterEq | And | Or)
}

/// A question about a value that is not known: the answer is not known either, but it is not the value.
pub(super) fn unanswered(value: &Datum, at: Source) -> Datum {
    let mut answer = unknown(value, at);
    if let Known::Unknown(Why::Variable(name) | Why::Computed(name)) = &answer.value {
        answer.value = Known::Unknown(Why::Unsupported(format!("a test of `{name}`")));
    }
    answer
}

fn unsupported() -> Why {
    Why::Unsupported("an operation on these values".to_owned())
}

fn compute(operator: BinaryOperator, a: &Datum, b: &Datum) -> Option<Known> {
    use BinaryOperator as B;
    match operator {
        B::And => match (as_bool(a), as_bool(b)) {
            (Some(false), _) | (_, Some(false)) => Some(Known::Bool(false)),
            (Some(true), Some(true)) => Some(Known::Bool(true)),
            _ => None,
        },
        B::Or => match (as_bool(a), as_bool(b)) {
            (Some(true), _) | (_, Some(true)) => Some(Known::Bool(true)),
            (Some(false), Some(false)) => Some(Known::Bool(false)),
            _ => None,
        },
        B::Eq => equal(a, b).map(Known::Bool),
        B::NotEq => equal(a, b).map(|same| Known::Bool(!same)),
        _ => {
            let (a, b) = (as_number(a)?, as_number(b)?);
            Some(match operator {
                B::Plus => Known::Number(number(a + b)),
                B::Minus => Known::Number(number(a - b)),
                B::Mul => Known::Number(number(a * b)),
                B::Div if b != 0.0 => Known::Number(number(a / b)),
                B::Mod if b != 0.0 => Known::Number(number(a % b)),
                B::Less => Known::Bool(a < b),
                B::LessEq => Known::Bool(a <= b),
                B::Greater => Known::Bool(a > b),
                B::GreaterEq => Known::Bool(a >= b),
                _ => return None,
            })
        }
    }
}

fn equal(a: &Datum, b: &Datum) -> Option<bool> {
    match (&a.value, &b.value) {
        (Known::Unknown(_), _) | (_, Known::Unknown(_)) => None,
        (Known::Null, Known::Null) => Some(true),
        (Known::Null, Known::Text(text)) | (Known::Text(text), Known::Null) => {
            (!text.has_hole()).then_some(false)
        }
        (Known::Null, _) | (_, Known::Null) => Some(false),
        (Known::List(a), Known::List(b)) if a.is_empty() || b.is_empty() => Some(a.len() == b.len()),
        (Known::Map(a), Known::Map(b)) if a.is_empty() || b.is_empty() => Some(a.len() == b.len()),
        _ => {
            let (a, b): (Text, Text) = (a.text()?, b.text()?);
            Some(a.known()? == b.known()?)
        }
    }
}
