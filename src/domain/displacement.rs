//! Where a replay would go, when that is not where its exchange went.
//!
//! ```text
//!   the exchange: its profile's name, the origin it went to ┐
//!   the profile it would go under now                       ├──▶ displacement(): what must be asked first, if anything
//!   (its own; another one only when its own is gone)        ┘
//! ```
//!
//! A replay uses its exchange's own profile. That may lead elsewhere by now, or be gone. Neither is the verdict's to
//! weigh: it asks what sending again would do, this asks whom it would be sent to. Both may ask, one after the other.

use crate::domain::compose::RequestError;
use crate::domain::exchange::{Class, Exchange};
use crate::domain::profile::Profile;
use crate::domain::request::SentRequest;
use crate::domain::target::resolve;

/// What is to be agreed to before a replay goes where its exchange did not go. Agreement is to one of these, to the
/// letter, and covers no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Displacement {
    /// Its profile leads to another server now.
    Elsewhere {
        /// The profile.
        profile: String,
        /// The origin it was sent to.
        sent_to: String,
        /// The origin it would go to.
        goes_to: String,
    },
    /// Its profile is not in the configuration any more.
    ProfileGone {
        /// The profile it was sent under.
        profile: String,
        /// The profile that would stand in.
        open: String,
        /// The origin it was sent to.
        sent_to: String,
        /// The origin it would go to.
        goes_to: String,
    },
}

/// The origin a recorded request would go to under this profile, as a verdict compares it.
///
/// # Errors
/// When that cannot be told: its target needs a base URL, and there is none.
pub fn origin_now(sent: &SentRequest, profile: &Profile) -> Result<String, RequestError> {
    match (
        resolve(&sent.target, profile.base_url.as_ref()),
        &profile.realm,
    ) {
        (Ok((url, _)), _) => Ok(profile.origin_of(&url)),
        // A server that is known before its address is: the embedded sandbox.
        (Err(RequestError::NoBase(_)), Some(realm)) => Ok(realm.clone()),
        (Err(error), _) => Err(error),
    }
}

/// What must be agreed to before this exchange is replayed under this profile; `None` when it goes where it went, when
/// it went nowhere (a base URL that was mistyped is corrected, and the replay is the first send), or when it carries
/// nothing there that matters: a safe method without a secret.
///
/// # Errors
/// When it cannot be told where it would go.
pub fn displacement(
    exchange: &Exchange,
    profile: &Profile,
) -> Result<Option<Displacement>, RequestError> {
    let sent = &exchange.request;
    let goes_to = origin_now(sent, profile)?;
    let sent_to = exchange.facts.origin.clone();
    if exchange.profile != profile.name {
        return Ok(Some(Displacement::ProfileGone {
            profile: exchange.profile.clone(),
            open: profile.name.clone(),
            sent_to,
            goes_to,
        }));
    }
    let harmless = sent.method.is_safe() && sent.slots.is_empty();
    let went_nowhere = matches!(exchange.outcome.class(), Class::Failed | Class::Held);
    if goes_to == sent_to || harmless || went_nowhere {
        return Ok(None);
    }
    Ok(Some(Displacement::Elsewhere {
        profile: exchange.profile.clone(),
        sent_to,
        goes_to,
    }))
}

/// What is at stake wherever the server may be another one.
const KEYS: &str = "Idempotency keys are not shared between servers: what was done there can be done AGAIN here, with \
                    the same key too. The credential goes along.";

impl Displacement {
    /// The fact in one short sentence, to stand before a verdict.
    pub fn fact(&self) -> String {
        match self {
            Displacement::Elsewhere {
                profile,
                sent_to,
                goes_to,
            } => format!(
                "Profile '{profile}' leads to {} now, this was sent to {}: a replay is asked about.",
                spoken(goes_to),
                spoken(sent_to)
            ),
            Displacement::ProfileGone { profile, open, .. } => format!(
                "Profile '{profile}' is not in the configuration any more: a replay would go under '{open}', and is \
                 asked about."
            ),
        }
    }

    /// The question's title.
    pub fn title(&self) -> String {
        match self {
            Displacement::Elsewhere { .. } => "Send it to ANOTHER server?".to_owned(),
            Displacement::ProfileGone { open, .. } => format!("Send it under profile '{open}'?"),
        }
    }

    /// The question, a paragraph each.
    pub fn paragraphs(&self) -> Vec<String> {
        match self {
            Displacement::Elsewhere {
                profile,
                sent_to,
                goes_to,
            } => vec![
                format!(
                    "It was sent to {}, and profile '{profile}' leads to {} now.",
                    spoken(sent_to),
                    spoken(goes_to)
                ),
                KEYS.to_owned(),
            ],
            Displacement::ProfileGone {
                profile,
                open,
                sent_to,
                goes_to,
            } if sent_to == goes_to => vec![
                gone(profile),
                format!(
                    "Under '{open}' it goes to the same server, {}, with the credential of '{open}'.",
                    spoken(goes_to)
                ),
            ],
            Displacement::ProfileGone {
                profile,
                open,
                sent_to,
                goes_to,
            } => vec![
                gone(profile),
                format!(
                    "It was sent to {}, and under '{open}' it goes to {}.",
                    spoken(sent_to),
                    spoken(goes_to)
                ),
                KEYS.to_owned(),
            ],
        }
    }

    /// What going ahead does.
    pub fn go_ahead(&self) -> String {
        match self {
            Displacement::Elsewhere { goes_to, .. } => format!("sends it to {}", spoken(goes_to)),
            Displacement::ProfileGone { open, .. } => format!("sends it under '{open}'"),
        }
    }

    /// Why nothing was sent, and how the command line agrees.
    pub fn sentence(&self) -> String {
        let how = match self {
            Displacement::Elsewhere { profile, .. } => format!(
                "--base-url URL names the server it is to go to, --profile {profile} sends it where that profile leads \
                 now; --yes does not agree to this"
            ),
            Displacement::ProfileGone { .. } => {
                "--profile NAME names the one to send it under; --yes does not agree to this"
                    .to_owned()
            }
        };
        format!("not sent: {} {how}", self.paragraphs().join(" "))
    }
}

fn gone(profile: &str) -> String {
    format!("Profile '{profile}', which it was sent under, is not in the configuration any more.")
}

/// An origin for a person; what stands for one where its port does not is a server inside this program.
fn spoken(origin: &str) -> String {
    match origin.contains("://") {
        true => origin.to_owned(),
        false => format!("the embedded {origin}"),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use url::Url;

    use super::{Displacement, displacement, origin_now};
    use crate::domain::exchange::{Exchange, Facts, Failure, Outcome, Timing, Unanswered};
    use crate::domain::header::Headers;
    use crate::domain::id::{ExchangeId, OperationId};
    use crate::domain::profile::Profile;
    use crate::domain::redact::Fingerprint;
    use crate::domain::request::{KeyChoice, Method, SentRequest};
    use crate::domain::slot::{Slot, SlotSource};

    const OLD: &str = "https://old.test";
    const NEW: &str = "https://new.test";

    /// Sent under profile `a`, with its credential.
    fn exchange(method: &str, target: &str, sent_to: &str) -> Exchange {
        let request = SentRequest {
            method: Method::parse(method).expect("a method"),
            base_url: sent_to.into(),
            target: target.into(),
            headers: Headers::new(),
            body: Vec::new(),
            idempotency_key: None,
            key_choice: KeyChoice::None,
            slots: vec![Slot::header("Authorization", 0, SlotSource::Credential)],
        };
        Exchange {
            id: ExchangeId::known("e"),
            operation: OperationId::known("op_1"),
            attempt: 1,
            send: 1,
            account: None,
            profile: "a".into(),
            started_at: Timestamp::UNIX_EPOCH,
            request,
            outcome: Outcome::InFlight,
            quota: None,
            pinned: false,
            note: None,
            facts: Facts {
                origin: sent_to.into(),
                payload: Fingerprint([1; 32]),
                credential: None,
            },
        }
    }

    fn profile(name: &str, base: &str) -> Profile {
        Profile {
            base_url: Some(Url::parse(base).expect("a URL")),
            ..Profile::new(name)
        }
    }

    fn asked(exchange: &Exchange, profile: &Profile) -> Option<Displacement> {
        displacement(exchange, profile).expect("it can be told")
    }

    #[test]
    fn an_origin_that_moved_is_asked_about_and_a_path_is_not() {
        let elsewhere = |goes_to: &str| {
            Some(Displacement::Elsewhere {
                profile: "a".into(),
                sent_to: OLD.into(),
                goes_to: goes_to.into(),
            })
        };
        for (method, target, base, expected) in [
            ("POST", "/v1/x", "https://old.test/other", None),
            ("POST", "/v1/x", "https://old.test:443", None),
            ("POST", "/v1/x", NEW, elsewhere(NEW)),
            ("GET", "/v1/x", NEW, elsewhere(NEW)),
            (
                "POST",
                "/v1/x",
                "http://old.test",
                elsewhere("http://old.test"),
            ),
            (
                "POST",
                "/v1/x",
                "https://old.test:8443",
                elsewhere("https://old.test:8443"),
            ),
            // It goes where it went, wherever the profile leads.
            ("POST", "https://old.test/v1/x", NEW, None),
        ] {
            let got = asked(&exchange(method, target, OLD), &profile("a", base));
            assert_eq!(got, expected, "{method} {target} {base}");
        }
    }

    #[test]
    fn a_safe_method_without_a_secret_is_harmless_anywhere() {
        let mut get = exchange("GET", "/v1/x", OLD);
        get.request.slots.clear();
        assert_eq!(asked(&get, &profile("a", NEW)), None);
        let mut post = exchange("POST", "/v1/x", OLD);
        post.request.slots.clear();
        assert!(asked(&post, &profile("a", NEW)).is_some());
    }

    #[test]
    fn what_was_never_sent_went_nowhere() {
        let mut post = exchange("POST", "/v1/x", OLD);
        let unanswered = Unanswered {
            failure: Failure::new("nobody listens"),
            timing: Timing::default(),
        };
        post.outcome = Outcome::Failed(unanswered.clone());
        assert_eq!(asked(&post, &profile("a", NEW)), None);
        assert!(
            asked(&post, &profile("b", NEW)).is_some(),
            "its profile is gone"
        );
        post.outcome = Outcome::Indeterminate(unanswered);
        assert!(asked(&post, &profile("a", NEW)).is_some());
    }

    #[test]
    fn the_embedded_sandbox_is_one_server_at_each_start_and_before() {
        let mut sandbox = Profile {
            realm: Some("sandbox".into()),
            ..Profile::new("a")
        };
        let embedded = exchange("POST", "/v1/x", "sandbox");
        assert_eq!(asked(&embedded, &sandbox), None, "not started yet");
        let other = asked(&exchange("POST", "/v1/x", OLD), &sandbox).expect("another server");
        assert!(
            other.sentence().contains("the embedded sandbox"),
            "{other:?}"
        );
        sandbox.base_url = Url::parse("http://127.0.0.1:4711").ok();
        assert_eq!(asked(&embedded, &sandbox), None);
        assert!(displacement(&embedded, &Profile::new("a")).is_err());
        assert!(origin_now(&embedded.request, &Profile::new("a")).is_err());
    }

    #[test]
    fn a_profile_that_is_gone_is_asked_about_also_at_the_same_server() {
        for base in [OLD, NEW] {
            let gone =
                asked(&exchange("GET", "/v1/x", OLD), &profile("b", base)).expect("a question");
            let expected = Displacement::ProfileGone {
                profile: "a".into(),
                open: "b".into(),
                sent_to: OLD.into(),
                goes_to: base.into(),
            };
            assert_eq!(gone, expected);
            assert!(gone.sentence().contains("'a'"), "{gone:?}");
            assert!(gone.sentence().contains(base), "{gone:?}");
            assert!(gone.sentence().contains("--profile NAME"), "{gone:?}");
            assert_eq!(gone.sentence().contains("same server"), base == OLD);
        }
    }

    #[test]
    fn the_words_name_both_servers_and_what_is_at_stake() {
        let moved = asked(&exchange("POST", "/v1/x", OLD), &profile("a", NEW)).expect("a question");
        for part in [
            "not sent",
            OLD,
            NEW,
            "not shared",
            "--base-url",
            "--profile a",
            "--yes does not",
        ] {
            assert!(
                moved.sentence().contains(part),
                "{part}: {}",
                moved.sentence()
            );
        }
        assert_eq!(moved.title(), "Send it to ANOTHER server?");
        assert!(moved.fact().contains(NEW) && moved.go_ahead().contains(NEW));
    }
}
