//! `/v1/boxes`: boxes under televisions; the resource with a state, and so with a conflict.

use http::StatusCode;

use crate::sandbox::answer::{Answer, Problem};
use crate::sandbox::resource::object::show;
use crate::sandbox::resource::{Asked, not_found};
use crate::sandbox::state::{BoxStatus, Organization, SetTopBox};
use crate::sandbox::validate::Findings;

/// `POST /v1/boxes` with a `name`.
pub fn create(organization: &mut Organization, asked: &mut Asked<'_>) -> Answer {
    let body = match &asked.prepared.json {
        Ok(body) => body,
        Err(problem) => return Answer::problem(StatusCode::BAD_REQUEST, problem.clone()),
    };
    let mut findings = Findings::default();
    let name = findings.name(body).unwrap_or_default().to_owned();
    if let Some(refusal) = findings.verdict() {
        return refusal;
    }
    let made = SetTopBox {
        id: asked.dice.id("box"),
        name,
        status: BoxStatus::Inactive,
        origin: asked.origin.clone(),
    };
    let answer = show(StatusCode::CREATED, &made);
    organization.boxes.push(made);
    answer
}

/// `POST /v1/boxes/{id}/activate`: takes no body, and ignores one.
pub fn activate(organization: &mut Organization, id: &str) -> Answer {
    let Some(found) = organization
        .boxes
        .iter_mut()
        .find(|candidate| candidate.id == id)
    else {
        return not_found("box");
    };
    if found.status == BoxStatus::Active {
        return Answer::problem(
            StatusCode::CONFLICT,
            Problem::whole("already_active", "this box is active already"),
        );
    }
    found.status = BoxStatus::Active;
    show(StatusCode::OK, found)
}
