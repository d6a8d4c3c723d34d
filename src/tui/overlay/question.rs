//! A guard's question: `y` goes ahead, Enter and Esc do not, and keys typed before it was drawn do not count. Where
//! sending again is asked about, `l` looks first, and `r` and `R` take the other key, each judged by itself.

use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::domain::exchange::Failure;
use crate::domain::guard::{Asked as Guarded, new_key_words, same_key_words};
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::{Advice, Choice, Question as Asked};
use crate::domain::operation::Operation;
use crate::domain::order::{Agreed, AgreedPlace, Ask, Order, Refusal, Seen};
use crate::domain::redact::Secret;
use crate::domain::unsettled::Settling;
use crate::tui::message::Work;
use crate::tui::overlay::question::decision::{Decision, Words};
use crate::tui::overlay::{Answer, Wish};
use crate::tui::session::Session;
use crate::tui::theme::{Theme, Tone};
use crate::tui::widget::popup::Popup;
use crate::tui::widget::wrap::wrap;

mod decision;

/// Rows of the screen that are not the answers': the border, the margin, and two of the text.
const LEFT: usize = 6;

/// No answer has more rows.
const LONGEST: usize = 8;

/// Keys that follow one another faster are a word that somebody is typing.
const WORD: Duration = Duration::from_millis(150);

/// Who typed when a question opened is not done typing before a pause as long as this.
const TYPING: Duration = Duration::from_millis(600);

/// What goes ahead on `y`.
#[derive(Debug)]
pub enum Pending {
    /// An order, with the agreement in it.
    Send(Box<Order>),
    /// The order of a draft that was turned away from its operation, and what was asked about that.
    Leave(Box<Order>, Asked),
    /// An order, with the values in it that it lacked; and the credential of a profile that asked for it.
    Supply {
        /// The order.
        order: Box<Order>,
        /// Which profile's, and the credential.
        credential: Option<(String, Secret)>,
    },
    /// The draft, though its body is not JSON.
    SendDraftAsIs,
    /// A new draft in the place of the unsent one.
    ReplaceDraft(NewDraft),
    /// One thing done to each of several.
    Batch(Work),
    /// Operations settled by hand.
    Settle(Vec<Settling>),
    /// Leaving.
    Quit,
}

/// Where a new draft comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewDraft {
    /// From nothing.
    Empty,
    /// From this exchange.
    Of(ExchangeId),
}

/// A question, and what depends on it.
#[derive(Debug)]
pub struct Question {
    title: String,
    text: Vec<String>,
    decision: Option<Decision>,
    go_ahead: String,
    leave: String,
    pending: Option<Pending>,
    drawn: Option<Instant>,
    /// When a key came last that is no answer.
    beside: Option<Instant>,
    /// When a key came last that was meant for something else: somebody was typing when it opened.
    ahead: Option<Instant>,
}

impl Question {
    /// A question with its text; `go_ahead` says what `y` does, `leave` what Esc does.
    pub fn new(
        title: &str,
        text: Vec<String>,
        go_ahead: &str,
        leave: &str,
        pending: Pending,
    ) -> Question {
        Question {
            title: title.to_owned(),
            text,
            decision: None,
            go_ahead: go_ahead.to_owned(),
            leave: leave.to_owned(),
            pending: Some(pending),
            drawn: None,
            beside: None,
            ahead: None,
        }
    }

    /// The question that a refusal asks; `None` when no agreement mends it.
    pub fn of_refusal(mut order: Order, refusal: Refusal) -> Option<Question> {
        match refusal {
            Refusal::NoSameKey { .. } | Refusal::ReadOnly { .. } => None,
            Refusal::Displaced(displacement) => {
                let (title, text) = (displacement.title(), displacement.paragraphs());
                let go_ahead = displacement.go_ahead();
                order.agreed.place = Some(AgreedPlace::To(displacement));
                let pending = Pending::Send(Box::new(order));
                Some(Question::new(
                    &title,
                    text,
                    &go_ahead,
                    "nothing is sent",
                    pending,
                ))
            }
            Refusal::PlainHttp { host } => {
                order.agreed.plain_http = true;
                let text = vec![
                    format!(
                        "A secret would travel unprotected, over plain http to {host}: the credential, or what you wrote."
                    ),
                    "Anybody on the way could read it. Use https where the server has it."
                        .to_owned(),
                ];
                let pending = Pending::Send(Box::new(order));
                Some(Question::new(
                    "Send the credential over plain http?",
                    text,
                    "sends it",
                    "nothing is sent",
                    pending,
                ))
            }
            Refusal::Verdict {
                question,
                advice,
                operation,
            } => {
                let new_key = !matches!(
                    &order.ask,
                    Ask::Replay {
                        choice: Choice::SameKey,
                        ..
                    }
                );
                let seen = Seen::of(&operation, &[]);
                order.agreed.verdict = Some(Agreed::To(Guarded::Verdict(question), seen));
                let (title, first) = match question {
                    Asked::ActsAgain => (
                        "Do the action AGAIN?",
                        "It was done once. Sending this does it a second time.",
                    ),
                    Asked::MayActTwice => (
                        "It MAY ACT TWICE. Send it?",
                        "It may have been done already. Sending this may do it a second time.",
                    ),
                };
                let text = vec![first.to_owned(), advice.text.clone()];
                let go_ahead = go_ahead(new_key, &advice);
                let asked = if new_key {
                    Choice::NewKey
                } else {
                    Choice::SameKey
                };
                let decision = Some(Decision::new(*operation, advice, asked, &order));
                let pending = Pending::Send(Box::new(order));
                Some(Question {
                    decision,
                    ..Question::new(title, text, &go_ahead, "nothing is sent", pending)
                })
            }
            Refusal::Live {
                replay,
                method,
                advice,
                operation,
            } => {
                let seen = Seen::of(&operation, &[]);
                order.agreed.verdict = Some(Agreed::To(Guarded::Replay(replay), seen));
                let live = format!("This API is LIVE: every replay of a {method} is asked about.");
                let text = vec![live, advice.text.clone()];
                let go_ahead = go_ahead(replay.choice == Choice::NewKey, &advice);
                let decision = Decision::new(*operation, advice, replay.choice, &order);
                let pending = Pending::Send(Box::new(order));
                Some(Question {
                    decision: Some(decision),
                    ..Question::new(
                        "Send it AGAIN?",
                        text,
                        &go_ahead,
                        "nothing is sent",
                        pending,
                    )
                })
            }
        }
    }

    /// Somebody was typing elsewhere when it opened: their next letters are no answer.
    pub fn typed_ahead(&mut self, at: Instant) {
        self.ahead = Some(at);
    }

    /// It is on the screen since then.
    pub fn drawn(&mut self, at: Instant) {
        self.drawn.get_or_insert(at);
    }

    /// A key for it. What was typed before it was on the screen was meant for something else; so was a `y` in the
    /// middle of a word, and one that is still held down since the last question.
    pub fn update(&mut self, key: &KeyEvent, held: bool, at: Instant) -> Answer {
        let since = |key: Option<Instant>| key.map(|key| at.saturating_duration_since(key));
        let in_a_word = since(self.beside).is_some_and(|pause| pause < WORD)
            || since(self.ahead).is_some_and(|pause| pause < TYPING);
        let early = self.drawn.is_none_or(|drawn| at < drawn);
        match key.code {
            _ if early => self.ahead = Some(at),
            KeyCode::Char('y') if key.modifiers.is_empty() && !held && !in_a_word => {
                return self.pending.take().map_or(Answer::Close, Answer::Yes);
            }
            KeyCode::Char(letter @ ('l' | 'r' | 'R')) if !held && !in_a_word => {
                self.beside = Some(at);
                return self.instead(letter);
            }
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'n') => return Answer::Close,
            _ => self.beside = Some(at),
        }
        Answer::Stay
    }

    /// What else can be done where sending again is asked about.
    fn instead(&mut self, letter: char) -> Answer {
        let Some(decision) = &mut self.decision else {
            return Answer::Stay;
        };
        let order = match letter {
            'l' => {
                let look = decision.look_first();
                return look.map_or(Answer::Stay, |id| Answer::Wish(Wish::LookUp(id)));
            }
            'r' => decision.other(Choice::SameKey),
            _ => decision.other(Choice::NewKey),
        };
        order.map_or(Answer::Stay, |order| {
            Answer::Yes(Pending::Send(Box::new(order)))
        })
    }

    /// An operation was looked up: when it is the one asked about, what is known of it now stands in the question.
    pub fn looked_up(
        &mut self,
        id: &OperationId,
        operation: Option<&Operation>,
        failure: Option<&Failure>,
    ) {
        if let Some(decision) = &mut self.decision {
            decision.looked_up(id, operation, failure);
        }
    }

    /// Draws it. Where there is little room the text gives way to the answers, never the other way round.
    pub fn draw(&self, session: &Session, theme: Theme, screen: Rect, buffer: &mut Buffer) {
        let mut lines: Vec<Line> = Vec::new();
        for text in &self.text {
            lines.extend([Line::from(text.clone()), Line::default()]);
        }
        let facts = self.decision.as_ref();
        lines.extend(facts.map(|d| d.facts(session, theme)).unwrap_or_default());
        let popup = Popup {
            title: &self.title,
            hint: "",
        };
        let room = popup.room(screen);
        let columns = u16::try_from(room).unwrap_or(u16::MAX);
        let rows = |lines: &[Line<'_>]| -> usize {
            let wrapped = lines.iter().map(|line| wrap(line, columns, LONGEST).len());
            wrapped.sum()
        };
        let least = usize::from(screen.height).saturating_sub(LEFT);
        let words = [Words::All, Words::Few, Words::Fewest];
        let mut forms = words
            .map(|words| self.answers(words, room, theme))
            .into_iter();
        let fitting = forms.find(|answers| rows(answers) <= least);
        let answers = fitting.unwrap_or_else(|| self.answers(Words::Fewest, room, theme));
        popup.show(lines, answers, theme, screen, buffer);
    }

    /// What can be answered, in as many words as there is room for.
    fn answers<'a>(&self, words: Words, room: usize, theme: Theme) -> Vec<Line<'a>> {
        let answer = |key: &'static str, what: &str| {
            [
                Span::styled(key, theme.style(Tone::Accent)),
                Span::raw(format!(" {what}")),
            ]
        };
        let go_ahead = match (words, self.go_ahead.split_once(':')) {
            (Words::Few | Words::Fewest, Some((short, _))) => short,
            _ => &self.go_ahead,
        };
        let (yes, no) = (answer("y", go_ahead), answer("Esc", &self.leave));
        let both = yes.iter().cloned().chain([Span::raw("    ")]);
        let one_line = Line::from_iter(both.chain(no.iter().cloned()));
        let decision = self.decision.as_ref();
        let mut lines = decision
            .map(|d| d.choices(words, theme))
            .unwrap_or_default();
        if one_line.width() <= room {
            lines.push(one_line);
        } else {
            lines.extend([Line::from_iter(yes), Line::from_iter(no)]);
        }
        lines
    }
}

fn go_ahead(new_key: bool, advice: &Advice) -> String {
    if new_key {
        format!("sends it with a NEW key: {}", new_key_words(advice.new_key))
    } else {
        let words = same_key_words(advice.same_key);
        format!("sends it with the same key: {words}")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::{Guarded, Pending, Question};
    use crate::domain::guard::Replay;
    use crate::domain::id::ExchangeId;
    use crate::domain::idempotency::{Advice, Choice, NewKey, SameKey};
    use crate::domain::order::{Agreement, Ask, Order, Refusal, Seen};
    use crate::domain::request::Method;
    use crate::tui::overlay::Answer;

    /// A question that is on the screen since then.
    fn asked(drawn: Instant) -> Question {
        let mut question = Question::new("t", vec![], "a", "b", Pending::Quit);
        question.drawn(drawn);
        question
    }

    fn press(question: &mut Question, code: KeyCode, at: Instant) -> Answer {
        question.update(&KeyEvent::new(code, KeyModifiers::NONE), false, at)
    }

    #[test]
    fn only_a_y_that_follows_the_frame_goes_ahead() {
        let start = Instant::now();
        let mut question = Question::new("t", vec![], "a", "b", Pending::Quit);
        let y = KeyCode::Char('y');
        assert!(
            matches!(press(&mut question, y, start), Answer::Stay),
            "not drawn yet"
        );
        question.drawn(start + Duration::from_millis(5));
        assert!(
            matches!(press(&mut question, y, start), Answer::Stay),
            "typed before"
        );
        let later = start + Duration::from_millis(6);
        assert!(matches!(
            press(&mut question, KeyCode::Char('Y'), later),
            Answer::Stay
        ));
        let later = later + Duration::from_secs(1);
        assert!(matches!(
            press(&mut question, y, later),
            Answer::Yes(Pending::Quit)
        ));
    }

    #[test]
    fn a_y_inside_a_word_or_held_down_is_no_answer() {
        let start = Instant::now();
        let mut question = asked(start);
        for (at, c) in "pay".chars().enumerate() {
            let at = start + Duration::from_millis(100 * at as u64);
            let answer = press(&mut question, KeyCode::Char(c), at);
            assert!(matches!(answer, Answer::Stay), "{c}");
        }
        let mut question = asked(start);
        let y = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
        assert!(matches!(question.update(&y, true, start), Answer::Stay));
    }

    #[test]
    fn who_was_typing_when_it_opened_has_to_pause_first() {
        let start = Instant::now();
        for (pause, expected) in [(200, false), (599, false), (600, true)] {
            let at = start + Duration::from_millis(pause);
            // Before it was drawn, or before it was opened.
            let mut early = Question::new("t", vec![], "a", "b", Pending::Quit);
            press(&mut early, KeyCode::Char('a'), start);
            early.drawn(start + Duration::from_millis(1));
            let mut ahead = asked(start);
            ahead.typed_ahead(start);
            for mut question in [early, ahead] {
                let answer = press(&mut question, KeyCode::Char('y'), at);
                assert_eq!(matches!(answer, Answer::Yes(_)), expected, "{pause}");
            }
        }
    }

    #[test]
    fn enter_and_esc_leave_it() {
        for code in [KeyCode::Enter, KeyCode::Esc] {
            let now = Instant::now();
            assert!(matches!(press(&mut asked(now), code, now), Answer::Close));
        }
    }

    #[test]
    fn the_live_guard_asks_and_a_read_only_profile_does_not() {
        let order = Order {
            ask: Ask::Replay {
                exchange: ExchangeId::known("e"),
                choice: Choice::SameKey,
                secrets: Vec::new(),
            },
            agreed: Agreement::default(),
        };
        let (method, profile) = (Method::post(), "prod".to_owned());
        let refusal = Refusal::ReadOnly {
            method: method.clone(),
            profile,
        };
        assert!(Question::of_refusal(order.clone(), refusal).is_none());
        let replay = Replay {
            choice: Choice::SameKey,
            same_key: Some(SameKey::Safe),
            new_key: NewKey::ActsAgain,
        };
        let advice = Advice {
            same_key: replay.same_key,
            new_key: replay.new_key,
            wait: None,
            text: String::new(),
        };
        let refusal = Refusal::Live {
            replay,
            method,
            advice,
            operation: Box::default(),
        };
        let mut question = Question::of_refusal(order, refusal).expect("a question");
        let now = Instant::now();
        question.drawn(now);
        let Answer::Yes(Pending::Send(order)) = press(&mut question, KeyCode::Char('y'), now)
        else {
            panic!("y goes ahead");
        };
        let facts = Seen::default();
        assert!(order.agreed.covers(Guarded::Replay(replay), &facts));
        let other = Replay {
            choice: Choice::NewKey,
            ..replay
        };
        assert!(!order.agreed.covers(Guarded::Replay(other), &facts));
    }
}
