//! The one draft: what somebody is composing, and what it would be sent as.
//!
//! ```text
//!   line    POST /v1/payments        ┐
//!   query   name=value, a line each  ├──▶ Request ──▶ Order: a replay of `base` while nothing differs from it,
//!   headers Name: value, a line each │                a further attempt with a new key once something does
//!   body    as it is                 ┘
//! ```

use crate::domain::header::Headers;
use crate::domain::id::{ExchangeId, OperationId};
use crate::domain::idempotency::Choice;
use crate::domain::operation::Operation;
use crate::domain::order::{Agreement, Ask, KeyOrder, Order};
use crate::domain::profile::Profile;
use crate::domain::request::Request;
use crate::tui::message::Loaded;
use crate::tui::pane::request::written::{
    Mistake, Place, lines, mistake, read_line, split_query, written_headers, wrong_line,
};
use crate::tui::widget::editor::Editor;
use crate::tui::widget::field::Field;

/// The draft.
#[derive(Debug)]
pub struct Draft {
    /// Method and target.
    pub line: Field,
    /// The account.
    pub account: Field,
    /// The idempotency key, once somebody wrote one; until then [`Draft::key`] says which it is.
    pub key: Field,
    /// Whether somebody wrote the key.
    pub key_written: bool,
    /// The body.
    pub body: Editor,
    /// Header fields, a line each.
    pub headers: Editor,
    /// Query parameters, a line each.
    pub query: Editor,
    /// A body that is no text: kept byte for byte, not edited.
    pub binary: Option<Vec<u8>>,
    pub(crate) names: Option<(OperationId, String)>,
    pub(crate) base: Option<Base>,
    /// Whether somebody turned it away from the operation that it could continue.
    pub(crate) turned_away: bool,
    /// What an empty account field stands for: the profile's.
    default_account: Option<String>,
    reading: Reading,
}

/// What the fields come to, worked out once for each state of them: it costs a copy of the body.
#[derive(Debug)]
struct Reading {
    /// The revisions of the fields it is of.
    of: Option<[u64; 5]>,
    request: Result<Request, Mistake>,
    /// Whether that, or the account, is something else than `base` has.
    differs: bool,
}

/// The exchange that a draft was made from.
#[derive(Debug)]
pub(crate) struct Base {
    id: ExchangeId,
    pub(crate) operation: Operation,
    key: Option<String>,
    request: Request,
    account: String,
}

/// Which key a draft would be sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftKey {
    /// None: the method takes none, or somebody emptied the field.
    None,
    /// The one it was sent with before.
    Same(String),
    /// A fresh one for a first attempt; not minted yet when `None`.
    Fresh(Option<String>),
    /// A fresh one for a further attempt.
    New(Option<String>),
    /// One that somebody wrote.
    Given(String),
}

impl Draft {
    /// An empty draft.
    pub fn empty(profile: Option<&Profile>) -> Draft {
        let account = profile.and_then(|profile| profile.account.clone());
        let mut draft = Draft {
            line: Field::new(""),
            account: Field::new(account.as_deref().unwrap_or_default()),
            key: Field::new(""),
            key_written: false,
            body: Editor::new(""),
            headers: Editor::new(""),
            query: Editor::new(""),
            binary: None,
            names: None,
            base: None,
            turned_away: false,
            default_account: account,
            reading: Reading {
                of: None,
                request: Err(wrong_line("it is empty")),
                differs: false,
            },
        };
        draft.read();
        draft
    }

    /// A draft that would send what this exchange sent.
    pub fn of_exchange(loaded: &Loaded, profile: Option<&Profile>) -> Draft {
        let exchange = &loaded.exchange;
        let sent = &exchange.request;
        let (path, query) = split_query(&sent.target);
        let text = std::str::from_utf8(&sent.body).ok();
        let body = Editor::new(text.unwrap_or_default());
        let kept = text.is_some_and(|text| body.text() == text);
        let query = query.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let mut draft = Draft {
            line: Field::new(&format!("{} {path}", sent.method)),
            account: Field::new(exchange.account.as_deref().unwrap_or_default()),
            headers: Editor::new(&lines(written_headers(sent, profile).iter(), ": ")),
            query: Editor::new(&lines(query, "=")),
            body,
            binary: (!kept).then(|| sent.body.clone()),
            ..Draft::empty(profile)
        };
        draft.read_anew();
        draft.set_base(loaded);
        draft
    }

    /// The same draft after it was sent as this exchange.
    pub fn sent_as(&mut self, loaded: &Loaded) {
        self.read_anew();
        self.set_base(loaded);
        (self.key_written, self.key, self.names) = (false, Field::new(""), None);
        self.turned_away = false;
    }

    /// What it would send now is what this exchange sent.
    fn set_base(&mut self, loaded: &Loaded) {
        let exchange = &loaded.exchange;
        let request = self.reading.request.clone().ok();
        self.base = request.map(|request| Base {
            id: exchange.id.clone(),
            operation: loaded.operation.clone(),
            key: exchange.request.idempotency_key.clone(),
            request,
            account: self.account.text().to_owned(),
        });
        self.read_anew();
    }

    /// The profile is known: a field that nobody touched takes its account.
    pub fn opened(&mut self, profile: &Profile) {
        self.default_account = profile.account.clone();
        if self.account.is_empty() && self.account.revision() == 0 && self.base.is_none() {
            self.account = Field::new(profile.account.as_deref().unwrap_or_default());
        }
        self.read_anew();
    }

    /// Works out what the fields come to, when they changed.
    pub fn read(&mut self) {
        let of = [
            self.line.revision(),
            self.account.revision(),
            self.body.revision(),
            self.headers.revision(),
            self.query.revision(),
        ];
        if self.reading.of == Some(of) {
            return;
        }
        let request = self.read_request();
        let differs = self.base.as_ref().is_some_and(|base| {
            base.account != self.account.text() || request.as_ref() != Ok(&base.request)
        });
        self.reading = Reading {
            of: Some(of),
            request,
            differs,
        };
    }

    fn read_anew(&mut self) {
        self.reading.of = None;
        self.read();
    }

    /// Fresh names, to be used once they are needed.
    pub fn named(&mut self, operation: OperationId, key: String) {
        self.names = Some((operation, key));
    }

    /// Whether it would send something else than the exchange it was made from: as another operation, the same is
    /// something else.
    pub fn is_edited(&self) -> bool {
        self.is_changed() || self.turned_away
    }

    /// Whether what is written is something else than what that exchange sent.
    pub(crate) fn is_changed(&self) -> bool {
        let is_empty = || {
            self.line.text().trim().is_empty()
                && self.body.is_empty()
                && self.headers.is_empty()
                && self.query.is_empty()
        };
        self.key_written || self.reading.differs || self.base.is_none() && !is_empty()
    }

    /// The exchange it was made from, while it still goes to the same place.
    pub fn base_of_same_place(&self) -> Option<ExchangeId> {
        let base = self.base.as_ref()?;
        let request = self.request()?;
        let path = |target: &str| target.split('?').next().unwrap_or("").to_owned();
        let same = request.method == base.request.method
            && path(&request.target) == path(&base.request.target);
        same.then(|| base.id.clone())
    }

    /// Method and target as far as they can be told.
    pub fn title(&self) -> String {
        match self.request() {
            Some(request) => format!("{} {}", request.method, request.target),
            None => self.line.text().trim().to_owned(),
        }
    }

    /// The key it would be sent with.
    pub fn key(&self) -> DraftKey {
        let written = self.key.text().trim();
        if self.key_written {
            return if written.is_empty() {
                DraftKey::None
            } else {
                DraftKey::Given(written.to_owned())
            };
        }
        if let (false, Some(base)) = (self.is_edited(), &self.base) {
            return base.key.clone().map_or(DraftKey::None, DraftKey::Same);
        }
        let takes_key = self
            .request()
            .is_none_or(|request| request.method.takes_key());
        let minted = self.names.as_ref().map(|(_, key)| key.clone());
        match (takes_key, self.operation().1) {
            (false, _) => DraftKey::None,
            (true, true) => DraftKey::New(minted),
            (true, false) => DraftKey::Fresh(minted),
        }
    }

    /// The account it would be sent for: where the field says none, the profile's.
    pub fn account(&self) -> Option<&str> {
        let written = Some(self.account.text().trim()).filter(|account| !account.is_empty());
        let as_sent = self.base.is_some() && !self.is_edited();
        written.or(self.default_account.as_deref().filter(|_| !as_sent))
    }

    /// What it asks to be sent.
    ///
    /// # Errors
    /// When a field cannot be read; the mistake names it.
    pub fn order(&mut self, profile: Option<&Profile>) -> Result<Order, Mistake> {
        self.read();
        let request = self.reading.request.clone()?;
        if let Some(mistake) = profile.and_then(|profile| self.names_elsewhere(profile)) {
            return Err(mistake);
        }
        let ask = match (&self.base, self.is_edited(), self.key()) {
            (Some(base), false, DraftKey::Same(_)) => Ask::Replay {
                exchange: base.id.clone(),
                choice: Choice::SameKey,
                secrets: Vec::new(),
            },
            (_, _, key) => Ask::Compose {
                request,
                // A key that somebody wrote may have been used before: then it belongs to the operation it was used for,
                // and is judged by that.
                operation: match (&key, self.operation()) {
                    (DraftKey::Given(_), (_, false)) => None,
                    (_, (operation, _)) => operation.cloned(),
                },
                account: self.account().map(ToOwned::to_owned),
                key: match key {
                    DraftKey::Given(key) => KeyOrder::Given(key),
                    DraftKey::None => KeyOrder::None,
                    DraftKey::Same(key) | DraftKey::Fresh(Some(key)) | DraftKey::New(Some(key)) => {
                        KeyOrder::Minted(key)
                    }
                    DraftKey::Fresh(None) | DraftKey::New(None) => KeyOrder::Default,
                },
                base: self.base.as_ref().map(|base| base.id.clone()),
                secrets: Vec::new(),
            },
        };
        Ok(Order {
            ask,
            agreed: Agreement::default(),
        })
    }

    /// A header that has a place of its own on the screen: written among the others it would not be sent, since what
    /// stands in its place is.
    fn names_elsewhere(&self, profile: &Profile) -> Option<Mistake> {
        let owned = [
            (
                Some(profile.key_header.as_str()),
                "write it in the field 'key'",
            ),
            (
                profile.account_carrier.header(),
                "write it in the field 'account'",
            ),
            (
                profile.request_id_carrier.header(),
                "it is chosen as the requestId above says",
            ),
        ];
        let names = |line: &str, own: &str| {
            let name = line.split_once(':').map(|(name, _)| name.trim());
            name.is_some_and(|name| name.eq_ignore_ascii_case(own))
        };
        owned.into_iter().find_map(|(own, hint)| {
            let own = own?;
            let at = self
                .headers
                .lines()
                .iter()
                .position(|line| names(line, own))?;
            let what = format!("{own} has a place of its own");
            Some(mistake(Place::Headers, at, &what, hint))
        })
    }

    /// The body's bytes.
    pub fn body_bytes(&self) -> Vec<u8> {
        self.binary
            .clone()
            .unwrap_or_else(|| self.body.text().into_bytes())
    }

    /// The request it would send, when its fields can be read.
    pub(crate) fn request(&self) -> Option<&Request> {
        self.reading.request.as_ref().ok()
    }

    fn read_request(&self) -> Result<Request, Mistake> {
        let body = self.body_bytes();
        let (method, target) = read_line(self.line.text(), !body.is_empty())?;
        let mut request = Request::new(method, target);
        request.body = body;
        for (at, line) in self.query.lines().iter().enumerate() {
            let line = line.trim();
            match line.split_once('=') {
                _ if line.is_empty() => {}
                Some(("", _)) => {
                    return Err(mistake(
                        Place::Query,
                        at,
                        "a parameter has no name",
                        "write name=value",
                    ));
                }
                Some((name, value)) => request.push_query(name, value),
                None => request.push_query(line, ""),
            }
        }
        request.headers = self.read_headers()?;
        Ok(request)
    }

    fn read_headers(&self) -> Result<Headers, Mistake> {
        let mut headers = Headers::new();
        for (at, line) in self
            .headers
            .lines()
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            let (name, value) = line.split_once(':').ok_or_else(|| {
                mistake(
                    Place::Headers,
                    at,
                    "a header has no colon",
                    "write Name: value",
                )
            })?;
            headers.push(name.trim(), value.trim());
        }
        Ok(headers)
    }
}
