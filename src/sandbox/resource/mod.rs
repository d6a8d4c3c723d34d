//! The resources, the last thing that is done: validation, then the action.
//!
//! ```text
//!   /v1/accounts  /v1/accounts/{id}                          account.rs
//!   /v1/boxes     /v1/boxes/{id}  /v1/boxes/{id}/activate    set_top_box.rs
//!   /v1/payments  /v1/payments/{id}                          payment.rs
//!   /v1/blob?mib=N                                           blob.rs
//! ```
//! Everything here is a function of the organization and the request: it runs under the ledger's lock, and what it
//! changes is written down before the answer leaves.

use http::header::ALLOW;
use http::{HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;

use crate::sandbox::answer::{Answer, Problem};
use crate::sandbox::call::Prepared;
use crate::sandbox::dice::Dice;
use crate::sandbox::state::{Organization, Origin};

pub mod account;
pub mod blob;
pub mod object;
pub mod payment;
pub mod set_top_box;

/// One request to a resource, and what it may need.
pub struct Asked<'a> {
    /// The request.
    pub prepared: &'a Prepared,
    /// What an object made now is marked with.
    pub origin: Origin,
    /// For the ids of new objects.
    pub dice: &'a mut Dice,
    /// For content that is made up.
    pub seed: u64,
}

enum Route {
    Accounts,
    Account(String),
    Boxes,
    SetTopBox(String),
    Activation(String),
    Payments,
    Payment(String),
    Blob,
}

impl Route {
    fn of(path: &str) -> Option<Self> {
        let decoded = |segment: &str| percent_decode_str(segment).decode_utf8_lossy().into_owned();
        let segments: Vec<&str> = path.strip_prefix("/v1/")?.split('/').collect();
        match segments[..] {
            ["accounts"] => Some(Self::Accounts),
            ["accounts", id] => Some(Self::Account(decoded(id))),
            ["boxes"] => Some(Self::Boxes),
            ["boxes", id] => Some(Self::SetTopBox(decoded(id))),
            ["boxes", id, "activate"] => Some(Self::Activation(decoded(id))),
            ["payments"] => Some(Self::Payments),
            ["payments", id] => Some(Self::Payment(decoded(id))),
            ["blob"] => Some(Self::Blob),
            _ => None,
        }
    }

    /// The value of `Allow` (RFC 9110 10.2.1).
    fn methods(&self) -> &'static str {
        match self {
            Self::Accounts | Self::Boxes | Self::Payments => "GET, HEAD, POST",
            Self::Account(_) | Self::SetTopBox(_) | Self::Payment(_) | Self::Blob => "GET, HEAD",
            Self::Activation(_) => "POST",
        }
    }
}

/// Validates and acts.
pub fn answer(organization: &mut Organization, mut asked: Asked<'_>) -> Answer {
    let call = &asked.prepared.call;
    let Some(route) = Route::of(&call.path) else {
        return not_found("path");
    };
    let method = if call.method == Method::HEAD {
        Method::GET
    } else {
        call.method.clone()
    };
    match (&route, method) {
        (Route::Accounts, Method::GET) => object::list(&organization.accounts, call),
        (Route::Accounts, Method::POST) => account::create(organization, &mut asked),
        (Route::Account(id), Method::GET) => object::one(&organization.accounts, id),
        (Route::Boxes, Method::GET) => object::list(&organization.boxes, call),
        (Route::Boxes, Method::POST) => set_top_box::create(organization, &mut asked),
        (Route::SetTopBox(id), Method::GET) => object::one(&organization.boxes, id),
        (Route::Activation(id), Method::POST) => set_top_box::activate(organization, id),
        (Route::Payments, Method::GET) => object::list(&organization.payments, call),
        (Route::Payments, Method::POST) => payment::create(organization, &mut asked),
        (Route::Payment(id), Method::GET) => object::one(&organization.payments, id),
        (Route::Blob, Method::GET) => blob::answer(call, asked.seed),
        _ => method_not_allowed(&route),
    }
}

/// The 404 of an unknown path or id.
pub fn not_found(what: &str) -> Answer {
    let problem = Problem::whole("not_found", format!("the requested {what} does not exist"));
    Answer::problem(StatusCode::NOT_FOUND, problem)
}

fn method_not_allowed(route: &Route) -> Answer {
    let methods = route.methods();
    let problem = Problem::whole("method_not_allowed", format!("this path takes {methods}"));
    Answer::problem(StatusCode::METHOD_NOT_ALLOWED, problem)
        .with(ALLOW, HeaderValue::from_static(methods))
}
