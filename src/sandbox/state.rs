//! What the sandbox remembers, as plain serialisable structs: the data, and no rule.
//!
//! ```text
//!   State ── dice ─────────────── where the seeded sequence of ids stands
//!     └───── organizations ────── Organization (what a credential opens)
//!                                   ├ balance, window            what is left to pay with, and to ask with
//!                                   ├ accounts, boxes, payments  the objects
//!                                   ├ records                    saved answers, by idempotency key
//!                                   └ struck                     operations that a fault has struck already
//! ```
//! `ledger` keeps it in memory or in a file; the rules stand in `limiter`, `idempotency`, `fault` and `resource`.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::sandbox::dice::Dice;
use crate::sandbox::idempotency::Record;
use crate::sandbox::limiter::Window;

/// The form of the state file; a file of another version is refused rather than misread.
pub const VERSION: u32 = 1;
/// What an organization starts with, in minor units.
pub const OPENING_BALANCE: u64 = 1_000_000;
/// When the objects that are there from the beginning were made: a constant, because they have no request.
const OPENING_DAY: &str = "2026-01-01T00:00:00Z";

/// Everything that survives a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`VERSION`] of the writer.
    pub version: u32,
    /// Where the sequence of ids stands.
    pub dice: Dice,
    /// By organization id.
    pub organizations: BTreeMap<String, Organization>,
}

impl State {
    /// A world in which nothing has happened yet.
    pub fn new(seed: u64) -> Self {
        Self {
            version: VERSION,
            dice: Dice::new(seed),
            organizations: BTreeMap::new(),
        }
    }
}

/// What one credential opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// What is left to pay with, in minor units.
    pub balance: u64,
    /// The current window of the rate limiter.
    pub window: Option<Window>,
    /// Saved answers by idempotency key.
    pub records: BTreeMap<String, Record>,
    /// (operation, account) of each operation that a one-time fault has struck.
    pub struck: BTreeSet<(String, Option<String>)>,
    /// In the order of their making.
    pub accounts: Vec<Account>,
    /// In the order of their making.
    pub boxes: Vec<SetTopBox>,
    /// In the order of their making.
    pub payments: Vec<Payment>,
}

impl Default for Organization {
    fn default() -> Self {
        let origin = Origin {
            created_at: OPENING_DAY.to_owned(),
            request_id: None,
            account_id: None,
        };
        let account = Account {
            id: "acct_demo".to_owned(),
            name: "Demo account".to_owned(),
            origin: origin.clone(),
        };
        let first = SetTopBox {
            id: "box_demo".to_owned(),
            name: "Living room".to_owned(),
            status: BoxStatus::Inactive,
            origin,
        };
        Self {
            balance: OPENING_BALANCE,
            window: None,
            records: BTreeMap::new(),
            struck: BTreeSet::new(),
            accounts: vec![account],
            boxes: vec![first],
            payments: Vec::new(),
        }
    }
}

/// Where an object comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// RFC 3339, UTC.
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// The operation (`X-Request-Id`) that made it; the API page's `requestId`.
    #[serde(rename = "requestId")]
    pub request_id: Option<String>,
    /// The account (`X-Account-Id`) in whose name it was made.
    #[serde(rename = "accountId")]
    pub account_id: Option<String>,
}

/// Who payments are made for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// `acct_…`
    pub id: String,
    /// As given.
    pub name: String,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// A box under a television.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetTopBox {
    /// `box_…`
    pub id: String,
    /// As given.
    pub name: String,
    /// Whether it is active.
    pub status: BoxStatus,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// Boxes are made inactive, and activated once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoxStatus {
    /// Not yet activated.
    Inactive,
    /// Activated: a second activation is a conflict.
    Active,
}

/// Money that has moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// `pay_…`
    pub id: String,
    /// In minor units of the currency.
    pub amount: u64,
    /// ISO 4217.
    pub currency: String,
    /// The account that it is for.
    pub account: String,
    /// The card, when one was named.
    pub card: Option<Card>,
    /// What was bought, when it was told.
    pub items: Vec<Item>,
    /// Where it comes from.
    #[serde(flatten)]
    pub origin: Origin,
}

/// What is kept of a card: never its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The last four digits.
    pub last4: String,
}

/// One thing bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// In minor units.
    pub price: Option<u64>,
}
