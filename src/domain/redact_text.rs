//! Secrets cut out of what is whole and not the body: the head of an answer, its errors and objects, the text of a failure.
//!
//! ```text
//!   header, message, cause ─▶ ?token=… of URLs ─▶ echoes of what the request carried ─▶ may rest
//! ```
//! Only `redact` may say that an outcome rests; this is what it goes by.

use std::sync::Arc;

use crate::domain::api_error::ErrorReport;
use crate::domain::arrival::AnswerHead;
use crate::domain::compose::Prepared;
use crate::domain::echo::Echoes;
use crate::domain::exchange::{Failure, Outcome, Response};
use crate::domain::header::Headers;
use crate::domain::profile::Profile;
use crate::domain::redact::{REDACTED, is_secret_header};
use crate::domain::redact_stream::query::QueryCut;

/// Cuts the texts of one answer.
pub struct TextCut<'a> {
    echoes: Echoes,
    profile: &'a Profile,
}

impl<'a> TextCut<'a> {
    /// Of the answer to this request.
    pub fn new(prepared: &Prepared, profile: &'a Profile) -> TextCut<'a> {
        let values = prepared.secret_values();
        TextCut {
            echoes: Echoes::of(&values),
            profile,
        }
    }

    /// Everything of an outcome that is text.
    pub fn outcome(&self, outcome: &mut Outcome) {
        match outcome {
            Outcome::Held | Outcome::InFlight => {}
            Outcome::Failed(unanswered) | Outcome::Indeterminate(unanswered) => {
                self.failure(&mut unanswered.failure);
            }
            Outcome::Response(response) => self.response(response),
        }
    }

    /// A head of which the rest has not come yet: as that of the outcome will be.
    pub fn head(&self, head: &mut AnswerHead) {
        self.fields(&mut head.headers, head.server_request_id.as_mut());
    }

    fn fields(&self, headers: &mut Headers, server_id: Option<&mut String>) {
        for (name, value) in headers.iter_mut() {
            if is_secret_header(name, self.profile) {
                *value = REDACTED.to_owned();
            } else {
                self.text(value);
            }
        }
        if let Some(id) = server_id {
            self.text(id);
        }
    }

    fn response(&self, response: &mut Response) {
        self.fields(&mut response.headers, response.server_request_id.as_mut());
        let named = response.objects.iter_mut();
        named
            .flat_map(|named| &mut named.ids)
            .for_each(|id| self.text(id));
        if let Some(report) = &mut response.report {
            self.report(report);
        }
        if let Some(failure) = &mut response.failure {
            self.failure(failure);
        }
    }

    fn report(&self, report: &mut ErrorReport) {
        let texts = report
            .code
            .iter_mut()
            .chain(report.title.iter_mut())
            .chain(report.details.iter_mut())
            .chain(report.not_understood.iter_mut())
            .chain(members(&mut report.extra));
        texts.for_each(|text| self.text(text));
        for error in &mut report.errors {
            let texts = error
                .code
                .iter_mut()
                .chain(error.message.iter_mut())
                .chain(error.path.iter_mut())
                .chain(members(&mut error.extra))
                .chain(error.place.field.iter_mut().map(|field| &mut field.name))
                .chain(error.place.pointer.iter_mut());
            texts.for_each(|text| self.text(text));
        }
    }

    fn failure(&self, failure: &mut Failure) {
        self.text(&mut failure.what);
        failure
            .cause
            .iter_mut()
            .chain(failure.hint.iter_mut())
            .for_each(|text| self.text(text));
    }

    fn text(&self, text: &mut String) {
        if text.contains('=') {
            let mut query = QueryCut::new(Arc::clone(&self.profile.secret_fields));
            let mut rests = Vec::with_capacity(text.len());
            query.push(text.as_bytes(), &mut rests);
            query.finish(&mut rests);
            if query.count() > 0 {
                *text = String::from_utf8_lossy(&rests).into_owned();
            }
        }
        self.echoes.cut(text);
    }
}

fn members(extra: &mut [(String, String)]) -> impl Iterator<Item = &mut String> {
    extra.iter_mut().flat_map(|(name, value)| [name, value])
}

#[cfg(test)]
mod tests {
    use crate::domain::compose::{Compose, Prepared};
    use crate::domain::exchange::{Failure, Outcome, Response, Timing, Unanswered};
    use crate::domain::profile::Profile;
    use crate::domain::redact::{REDACTED, Secret, outcome};
    use crate::domain::request::{KeyChoice, Method, Request};

    fn prepared(profile: &Profile) -> Prepared {
        let mut composed = Request::new(Method::post(), "/v1/payments?api_key=qu%2Fery-key");
        composed.body = br#"{"card":{"number":"4242424242424242"}}"#.to_vec();
        let compose = Compose {
            operation: "op_1",
            account: None,
            key: Some("k1"),
            key_choice: KeyChoice::Fresh,
            credential: Some(&Secret::new("sk_live_123456")),
        };
        compose
            .prepare(&composed, profile)
            .expect("a request that is right")
    }

    #[test]
    fn an_echo_is_cut_out_by_value() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let prepared = prepared(&profile);
        let mut response = Response {
            status: 400,
            ..Response::default()
        };
        response.headers.push("Set-Cookie", "other=1");
        response
            .headers
            .push("X-Debug", "you sent Bearer sk_live_123456");
        let rests = outcome(Outcome::Response(Box::new(response)), &prepared, &profile);
        let headers = &rests.get().response().expect("a response").headers;
        assert_eq!(headers.get("set-cookie"), Some(REDACTED));
        assert!(!headers.get("x-debug").expect("kept").contains("sk_live"));

        let failure = Failure::new("lost").because("proxy said sk_live_123456");
        let lost = Outcome::Indeterminate(Unanswered {
            failure,
            timing: Timing::default(),
        });
        assert!(!format!("{:?}", outcome(lost, &prepared, &profile)).contains("sk_live"));
    }

    #[test]
    fn a_header_rests_without_secrets_in_any_spelling() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let prepared = prepared(&profile);
        for (name, value, rests) in [
            (
                "Location",
                "/next?token=abc&page=2",
                "/next?token=[redacted]&page=2",
            ),
            (
                "Location",
                "https://h/cb#access_token=abc",
                "https://h/cb#access_token=[redacted]",
            ),
            (
                "Link",
                "</x?pin=12>; rel=\"next\"",
                "</x?pin=[redacted]>; rel=\"next\"",
            ),
            (
                "X-Echo",
                "qu/ery-key and qu%2fery-key",
                "[redacted] and [redacted]",
            ),
            ("X-Echo", "card 4242424242424242", "card [redacted]"),
            ("X-Echo", "c2tfbGl2ZV8xMjM0NTY=", "[redacted]="),
            ("X-Plain", "a=b; c=d?e=f", "a=b; c=d?e=f"),
        ] {
            let mut response = Response::default();
            response.headers.push(name, value);
            let answered = Outcome::Response(Box::new(response));
            let got = outcome(answered, &prepared, &profile);
            let headers = &got.get().response().expect("a response").headers;
            assert_eq!(headers.get(name), Some(rests), "{value}");
        }
    }

    #[test]
    fn a_failure_names_no_secret_of_the_url() {
        let profile = Profile::sandbox("http://127.0.0.1:1");
        let failure = Failure::new("lost").because("error sending (http://h/x?pin=1234)");
        let lost = Outcome::Failed(Unanswered {
            failure,
            timing: Timing::default(),
        });
        let text = format!("{:?}", outcome(lost, &prepared(&profile), &profile));
        assert!(text.contains("?pin=[redacted])"), "{text}");
    }
}
