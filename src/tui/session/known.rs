//! The values that the history knows of a term, for whoever types a filter: asked for as the text grows, and never waited
//! for.

use crate::domain::query::complete::Known;
use crate::tui::message::Values;
use crate::tui::message::effect::Effect;

/// What was read of them, and what is asked for.
#[derive(Debug, Default)]
pub struct KnownValues {
    wanted: Option<(Known, String)>,
    asked: Option<(Known, String)>,
    read: Option<Values>,
}

impl KnownValues {
    /// These are wanted; `None` when there is nothing to complete.
    pub fn want(&mut self, wanted: Option<(Known, String)>) {
        self.wanted = wanted;
    }

    /// What there is to ask for, once.
    pub fn ask(&mut self) -> Option<Effect> {
        let (of, prefix) = self.wanted.clone()?;
        if self.asked.as_ref() == Some(&(of, prefix.clone())) {
            return None;
        }
        self.asked = Some((of, prefix.clone()));
        Some(Effect::LoadValues { of, prefix })
    }

    /// They were read. Says whether that is still wanted.
    pub fn loaded(&mut self, values: Values) -> bool {
        let wanted = self.wanted.as_ref();
        let is_wanted = wanted.is_some_and(|(of, prefix)| {
            (*of, prefix.as_str()) == (values.of, values.prefix.as_str())
        });
        if is_wanted {
            self.read = Some(values);
        }
        is_wanted
    }

    /// What is wanted, as far as it was read; until the answer comes what of the last one still begins so.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let read = self.wanted.as_ref().zip(self.read.as_ref());
        let read = read.filter(|((of, _), read)| *of == read.of);
        read.into_iter().flat_map(|((_, prefix), read)| {
            let values = read.values.iter().map(String::as_str);
            values.filter(move |value| begins(value, prefix))
        })
    }
}

/// Whether a value begins with this, in whatever case.
fn begins(value: &str, prefix: &str) -> bool {
    let head = value.get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use crate::domain::query::complete::Known;
    use crate::tui::message::Values;
    use crate::tui::message::effect::Effect;
    use crate::tui::session::known::KnownValues;

    fn values(prefix: &str, values: &[&str]) -> Values {
        Values {
            of: Known::Code,
            prefix: prefix.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        }
    }

    #[test]
    fn what_was_read_serves_until_the_answer_to_more_letters_comes() {
        let mut known = KnownValues::default();
        assert!(known.ask().is_none());
        known.want(Some((Known::Code, "a".to_owned())));
        assert!(matches!(known.ask(), Some(Effect::LoadValues { prefix, .. }) if prefix == "a"));
        assert!(known.ask().is_none(), "once");
        assert!(known.loaded(values("a", &["ab", "ac"])));
        known.want(Some((Known::Code, "AC".to_owned())));
        assert_eq!(known.values().collect::<Vec<_>>(), ["ac"]);
        assert!(!known.loaded(values("a", &["late"])), "an answer to before");
        assert!(known.loaded(values("AC", &["ac", "acc"])));
        assert_eq!(known.values().count(), 2);
        known.want(Some((Known::Account, String::new())));
        assert_eq!(known.values().count(), 0);
    }
}
