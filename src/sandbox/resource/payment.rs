//! `/v1/payments`: the resource where acting twice hurts.
//!
//! The body: `amount` (whole, above zero, in minor units), `currency` (ISO 4217), `account` (an existing one), and as they
//! please `card.number` (Luhn) and `items[].price`. All that is wrong is told at once; only then comes the balance.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::sandbox::answer::{Answer, Problem};
use crate::sandbox::currency;
use crate::sandbox::resource::Asked;
use crate::sandbox::resource::object::show;
use crate::sandbox::state::{Account, Card, Item, Organization, Payment};
use crate::sandbox::validate::Findings;

/// More items than this are one error, not one each: an answer is kept under its key.
const MOST_ITEMS: usize = 1000;

/// `POST /v1/payments`.
pub fn create(organization: &mut Organization, asked: &mut Asked<'_>) -> Answer {
    let body = match &asked.prepared.json {
        Ok(body) => body,
        Err(problem) => return Answer::problem(StatusCode::BAD_REQUEST, problem.clone()),
    };
    let mut findings = Findings::default();
    let order = read(body, &organization.accounts, &mut findings);
    if let Some(refusal) = findings.verdict() {
        return refusal;
    }
    let Some(left) = organization.balance.checked_sub(order.amount) else {
        return insufficient(organization.balance);
    };
    organization.balance = left;
    let payment = Payment {
        id: asked.dice.id("pay"),
        amount: order.amount,
        currency: order.currency,
        account: order.account,
        card: order.card,
        items: order.items,
        origin: asked.origin.clone(),
    };
    let answer = show(StatusCode::CREATED, &payment);
    organization.payments.push(payment);
    answer
}

fn insufficient(balance: u64) -> Answer {
    let message =
        format!("your organization's balance is insufficient: {balance} minor units are left");
    Answer::problem(
        StatusCode::PAYMENT_REQUIRED,
        Problem::whole("insufficient_balance", message),
    )
}

/// What a body asks for; where it is wrong, `Findings` knows and the default stands here, which nobody reads then.
#[derive(Default)]
struct Order {
    amount: u64,
    currency: String,
    account: String,
    card: Option<Card>,
    items: Vec<Item>,
}

fn read(body: &Value, accounts: &[Account], findings: &mut Findings) -> Order {
    let Some(fields) = findings.object(body, &[]) else {
        return Order::default();
    };
    Order {
        amount: amount(fields, findings).unwrap_or_default(),
        currency: currency(fields, findings).unwrap_or_default(),
        account: account(fields, accounts, findings).unwrap_or_default(),
        card: card(fields, findings),
        items: items(fields, findings),
    }
}

fn amount(fields: &Map<String, Value>, findings: &mut Findings) -> Option<u64> {
    let value = findings.required(fields, "amount")?;
    findings.positive(value, &["amount"], "amount_not_positive")
}

fn currency(fields: &Map<String, Value>, findings: &mut Findings) -> Option<String> {
    let value = findings.required(fields, "currency")?;
    let code = findings.text(value, &["currency"])?;
    if !currency::is_known(code) {
        findings.add(
            &["currency"],
            "unknown_currency",
            "is no active ISO 4217 code (three capitals, such as EUR)",
        );
    }
    Some(code.to_owned())
}

fn account(
    fields: &Map<String, Value>,
    accounts: &[Account],
    findings: &mut Findings,
) -> Option<String> {
    let value = findings.required(fields, "account")?;
    let id = findings.text(value, &["account"])?;
    if !accounts.iter().any(|account| account.id == id) {
        findings.add(&["account"], "unknown_account", "there is no such account");
    }
    Some(id.to_owned())
}

/// An optional field that is `null` is one that is not there.
fn optional<'v>(fields: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    fields.get(name).filter(|value| !value.is_null())
}

fn card(fields: &Map<String, Value>, findings: &mut Findings) -> Option<Card> {
    let card = findings.object(optional(fields, "card")?, &["card"])?;
    let number = findings.text(optional(card, "number")?, &["card", "number"])?;
    let last4 = last4(number);
    if last4.is_none() {
        findings.add(
            &["card", "number"],
            "card_number_invalid",
            "is not a card number: its check digit does not fit",
        );
    }
    last4.map(|last4| Card { last4 })
}

/// The last four digits of a number of 12 to 19 digits that passes Luhn's check (ISO/IEC 7812-1, annex B); blanks may
/// stand between digits.
fn last4(number: &str) -> Option<String> {
    let digits: Option<Vec<u32>> = number
        .chars()
        .filter(|c| *c != ' ')
        .map(|c| c.to_digit(10))
        .collect();
    let digits = digits.filter(|digits| (12..=19).contains(&digits.len()))?;
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let weighed = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, digit)| if i % 2 == 1 { doubled(*digit) } else { *digit });
    let sum: u32 = weighed.sum();
    let last = &digits[digits.len() - 4..];
    sum.is_multiple_of(10)
        .then(|| last.iter().map(ToString::to_string).collect())
}

fn items(fields: &Map<String, Value>, findings: &mut Findings) -> Vec<Item> {
    let Some(value) = optional(fields, "items") else {
        return Vec::new();
    };
    let Some(items) = findings.array(value, &["items"]) else {
        return Vec::new();
    };
    if items.len() > MOST_ITEMS {
        findings.add(&["items"], "too_many_items", "has more than 1000 items");
        return Vec::new();
    }
    items
        .iter()
        .enumerate()
        .filter_map(|(index, value)| item(index, value, findings))
        .collect()
}

fn item(index: usize, value: &Value, findings: &mut Findings) -> Option<Item> {
    let index = index.to_string();
    let fields = findings.object(value, &["items", &index])?;
    let price = optional(fields, "price");
    let price = price.and_then(|price| {
        findings.positive(price, &["items", &index, "price"], "price_not_positive")
    });
    Some(Item { price })
}

#[cfg(test)]
mod tests {
    use super::last4;

    #[test]
    fn luhn() {
        for (number, expected) in [
            ("4242424242424242", Some("4242")),
            ("4242 4242 4242 4242", Some("4242")),
            ("378282246310005", Some("0005")),
            ("4242424242424241", None),
            ("0", None),
            ("00000000000", None),
            ("42424242424242424242", None),
            ("4242-4242-4242-4242", None),
            ("", None),
        ] {
            assert_eq!(last4(number).as_deref(), expected, "{number}");
        }
    }
}
