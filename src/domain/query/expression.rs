//! How terms are put together: and, or, not, and a saved filter by its name.
//!
//! ```text
//!   a -b or @late      Or ─┬─ And ─┬─ a
//!                          │       └─ Not ── b
//!                          └─ Saved "late" ── (what it means)
//! ```
//!
//! There is one tree for one meaning as it is written: an And holds no And, an Or no Or, a Not no Not, and none of them
//! a single one. That is what makes printing and reading agree.

use std::fmt;

use jiff::Timestamp;

use crate::domain::exchange::Summary;
use crate::domain::query::term::Term;

/// A condition made of conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// All of them; of none: everything.
    And(Vec<Expression>),
    /// One of them.
    Or(Vec<Expression>),
    /// What does not fit.
    Not(Box<Expression>),
    /// `@name`: what is saved under this name.
    Saved(String, Box<Expression>),
    /// One condition.
    Term(Term),
}

impl Default for Expression {
    fn default() -> Expression {
        Expression::And(Vec::new())
    }
}

impl Expression {
    /// All of these.
    pub fn all(parts: impl IntoIterator<Item = Expression>) -> Expression {
        let flat = parts.into_iter().flat_map(|part| match part {
            Expression::And(inner) => inner,
            other => vec![other],
        });
        alone(flat.collect()).unwrap_or_else(Expression::And)
    }

    /// One of these.
    pub fn any(parts: impl IntoIterator<Item = Expression>) -> Expression {
        let flat = parts.into_iter().flat_map(|part| match part {
            Expression::Or(inner) => inner,
            other => vec![other],
        });
        alone(flat.collect()).unwrap_or_else(Expression::Or)
    }

    /// What does not fit this.
    pub fn negated(self) -> Expression {
        match self {
            Expression::Not(inner) => *inner,
            other => Expression::Not(Box::new(other)),
        }
    }

    /// Whether everything fits.
    pub fn is_everything(&self) -> bool {
        match self {
            Expression::And(parts) => parts.iter().all(Expression::is_everything),
            Expression::Saved(_, meant) => meant.is_everything(),
            _ => false,
        }
    }

    /// Whether a row fits, with three values (Kleene's): `ask` is for what the row does not tell, and may not know
    /// either.
    pub fn judge(
        &self,
        row: &Summary,
        now: Timestamp,
        ask: &mut dyn FnMut(&Term) -> Option<bool>,
    ) -> Option<bool> {
        match self {
            Expression::Term(term) => term.judge(row, now).or_else(|| ask(term)),
            Expression::Saved(_, meant) => meant.judge(row, now, ask),
            Expression::Not(inner) => inner.judge(row, now, ask).map(|fits| !fits),
            Expression::And(parts) => parts
                .iter()
                .try_fold(Some(true), |so_far, part| match part.judge(row, now, ask) {
                    Some(false) => Err(Some(false)),
                    Some(true) => Ok(so_far),
                    None => Ok(None),
                })
                .unwrap_or_else(|settled| settled),
            Expression::Or(parts) => parts
                .iter()
                .try_fold(Some(false), |so_far, part| {
                    match part.judge(row, now, ask) {
                        Some(true) => Err(Some(true)),
                        Some(false) => Ok(so_far),
                        None => Ok(None),
                    }
                })
                .unwrap_or_else(|settled| settled),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, joint: &str, parts: &[Expression]) -> fmt::Result {
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                f.write_str(joint)?;
            }
            // An Or binds weaker than what it may stand in; an And in an Or needs no parentheses.
            let weaker = matches!((self, part), (Expression::And(_), Expression::Or(_)));
            match weaker {
                true => write!(f, "({part})")?,
                false => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

/// The only one, or all of them.
fn alone(mut parts: Vec<Expression>) -> Result<Expression, Vec<Expression>> {
    match parts.len() {
        1 => parts.pop().ok_or(parts),
        _ => Err(parts),
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Term(term) => write!(f, "{term}"),
            Expression::Saved(name, _) => write!(f, "@{name}"),
            Expression::Not(inner) => match **inner {
                Expression::And(_) | Expression::Or(_) => write!(f, "-({inner})"),
                _ => write!(f, "-{inner}"),
            },
            Expression::And(parts) => self.write(f, " ", parts),
            Expression::Or(parts) => self.write(f, " or ", parts),
        }
    }
}
