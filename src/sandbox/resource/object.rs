//! What all objects have in common: an id, an origin, a page of one and a list of all.

use http::StatusCode;
use serde::Serialize;

use crate::sandbox::answer::Answer;
use crate::sandbox::call::Call;
use crate::sandbox::resource::not_found;
use crate::sandbox::state::{Account, Origin, Payment, SetTopBox};

/// Something that requests make.
pub trait Object: Serialize {
    /// What it is called in its `object` field.
    const NAME: &'static str;
    /// Its id.
    fn id(&self) -> &str;
    /// Where it comes from.
    fn origin(&self) -> &Origin;
}

impl Object for Account {
    const NAME: &'static str = "account";
    fn id(&self) -> &str {
        &self.id
    }
    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Object for SetTopBox {
    const NAME: &'static str = "box";
    fn id(&self) -> &str {
        &self.id
    }
    fn origin(&self) -> &Origin {
        &self.origin
    }
}

impl Object for Payment {
    const NAME: &'static str = "payment";
    fn id(&self) -> &str {
        &self.id
    }
    fn origin(&self) -> &Origin {
        &self.origin
    }
}

#[derive(Serialize)]
struct Shown<'a, O> {
    object: &'static str,
    #[serde(flatten)]
    content: &'a O,
}

#[derive(Serialize)]
struct List<'a, O> {
    object: &'static str,
    data: Vec<Shown<'a, O>>,
}

fn shown<O: Object>(content: &O) -> Shown<'_, O> {
    Shown {
        object: O::NAME,
        content,
    }
}

/// The answer that shows one object.
pub fn show<O: Object>(status: StatusCode, object: &O) -> Answer {
    Answer::json(status, &shown(object))
}

/// The object with this id, or a 404.
pub fn one<O: Object>(objects: &[O], id: &str) -> Answer {
    match objects.iter().find(|object| object.id() == id) {
        Some(object) => show(StatusCode::OK, object),
        None => not_found(O::NAME),
    }
}

/// All objects, oldest first; with `?requestId=…` those that one operation made.
pub fn list<O: Object>(objects: &[O], call: &Call) -> Answer {
    let operation = call.parameter("requestId");
    let wanted = |object: &&O| operation.is_none() || object.origin().request_id == operation;
    let data = objects.iter().filter(wanted).map(shown).collect();
    Answer::json(
        StatusCode::OK,
        &List {
            object: "list",
            data,
        },
    )
}
