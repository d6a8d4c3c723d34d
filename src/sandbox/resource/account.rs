//! `/v1/accounts`: whom payments are made for.

use http::StatusCode;

use crate::sandbox::answer::Answer;
use crate::sandbox::resource::Asked;
use crate::sandbox::resource::object::show;
use crate::sandbox::state::{Account, Organization};
use crate::sandbox::validate::Findings;

/// `POST /v1/accounts` with a `name`.
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
    let account = Account {
        id: asked.dice.id("acct"),
        name,
        origin: asked.origin.clone(),
    };
    let answer = show(StatusCode::CREATED, &account);
    organization.accounts.push(account);
    answer
}
