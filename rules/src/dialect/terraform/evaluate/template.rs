//! Templates: text with interpolations. What is not known stays a hole in the text.

use hcl_edit::expr::Expression;
use hcl_edit::template::{Directive, Element, StringTemplate, Strip, Template};

use super::{Evaluator, Scope, one_of, through};
use crate::dialect::terraform::syntax::Located;
use crate::dialect::values::{Draft, joined};
use crate::fact::{Case, Datum, Known, Text, Why};

impl<'u> Evaluator<'u> {
    pub(super) fn quoted_template(
        &mut self,
        expression: Located<'u, Expression>,
        template: &'u StringTemplate,
        scope: &Scope,
    ) -> Datum {
        let mut elements = template.iter();
        if let (Some(Element::Interpolation(only)), None) = (elements.next(), elements.next()) {
            // `"${x}"` is x itself.
            let inner = self.value(expression.to(&only.expr), scope);
            return through(inner, expression.content());
        }
        self.elements(expression, template.iter(), scope)
    }

    pub(super) fn template(
        &mut self,
        expression: Located<'u, Expression>,
        template: &'u Template,
        scope: &Scope,
    ) -> Datum {
        self.elements(expression, template.iter(), scope)
    }

    fn elements(
        &mut self,
        expression: Located<'u, Expression>,
        elements: impl Iterator<Item = &'u Element>,
        scope: &Scope,
    ) -> Datum {
        let at = expression.content();
        let mut drafts: Vec<Draft> = vec![(Text::default(), Case::always(), true)];
        let mut open = false;
        let elements: Vec<&Element> = elements.collect();
        for (index, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(text) => {
                    let before = index.checked_sub(1).and_then(|i| elements.get(i)).copied();
                    let after = elements.get(index + 1).copied();
                    let text = stripped(text.value(), before, after);
                    for (draft, _, _) in &mut drafts {
                        draft.push(text);
                    }
                }
                Element::Interpolation(interpolation) => {
                    let value = self.value(expression.to(&interpolation.expr), scope);
                    open |= matches!(value.value, Known::OneOf { open: true, .. });
                    drafts = joined(&drafts, &value);
                }
                Element::Directive(directive) => {
                    let value = self.directive(expression, directive, scope);
                    open |= matches!(value.value, Known::OneOf { open: true, .. });
                    drafts = joined(&drafts, &value);
                }
            }
        }
        let text = |text: Text| Datum::new(at, Known::Text(text));
        one_of(at, drafts.into_iter().map(|(t, case, default)| (text(t), case, default)).collect(), open)
    }

    fn directive(
        &mut self,
        expression: Located<'u, Expression>,
        directive: &'u Directive,
        scope: &Scope,
    ) -> Datum {
        let at = expression.content();
        match directive {
            Directive::If(choice) => {
                let condition = expression.to(&choice.if_expr.cond_expr);
                let chosen = self.value(condition, scope);
                let when = self.template(expression, &choice.if_expr.template, scope);
                let otherwise = match &choice.else_expr {
                    Some(branch) => self.template(expression, &branch.template, scope),
                    None => Datum::new(at, Known::Text(Text::literal(""))),
                };
                self.choose(condition, &chosen, when, otherwise, scope)
            }
            Directive::For(_) => Datum::unknown(at, Why::Unsupported("a template loop".to_owned())),
        }
    }
}

/// A literal after the `~` of its neighbours took away its white space.
pub(super) fn stripped<'t>(text: &'t str, before: Option<&Element>, after: Option<&Element>) -> &'t str {
    let mut text = text;
    if before.is_some_and(|element| matches!(strip(element), Strip::End | Strip::Both)) {
        text = text.trim_start();
    }
    if after.is_some_and(|element| matches!(strip(element), Strip::Start | Strip::Both)) {
        text = text.trim_end();
    }
    text
}

fn strip(element: &Element) -> Strip {
    match element {
        Element::Interpolation(interpolation) => interpolation.strip,
        _ => Strip::None,
    }
}
