//! Accounts, boxes, payments, the blob.

use serde_json::json;

use crate::client::{Bench, PAYMENT};

#[tokio::test]
async fn what_is_there_from_the_beginning() {
    let bench = Bench::start().await;
    let account = bench.get("/v1/accounts/acct_demo").await;
    assert_eq!(
        (account.status, account.json()["object"].clone()),
        (200, json!("account"))
    );
    assert_eq!(
        bench.get("/v1/accounts").await.json()["data"][0]["id"],
        "acct_demo"
    );
    assert_eq!(
        bench.get("/v1/boxes/box_demo").await.json()["status"],
        "inactive"
    );
    assert_eq!(
        bench.get("/v1/payments").await.json(),
        json!({"object": "list", "data": []})
    );
}

#[tokio::test]
async fn accounts_and_boxes_are_made_listed_and_found() {
    let bench = Bench::start().await;
    for target in ["/v1/accounts", "/v1/boxes"] {
        let made = bench
            .ask("POST", target)
            .operation("op_1")
            .body(r#"{"name":"Küche"}"#)
            .send()
            .await;
        assert_eq!(
            (made.status, made.json()["name"].clone()),
            (201, json!("Küche"))
        );
        let found = bench.get(&format!("{target}/{}", made.id())).await;
        assert_eq!((found.status, found.json()), (200, made.json()));
        assert_eq!(bench.get(target).await.json()["data"][1], made.json());
        assert_eq!(
            bench.get(&format!("{target}?requestId=op_1")).await.json()["data"],
            json!([made.json()])
        );
        let wrong = bench
            .ask("POST", target)
            .body(r#"{"name":""}"#)
            .send()
            .await;
        assert_eq!(
            (wrong.status, wrong.errors()),
            (422, vec![("blank".to_owned(), "name".to_owned())])
        );
    }
    let account = bench.get("/v1/accounts?requestId=op_1").await.json()["data"][0]["id"].clone();
    let body = json!({"amount": 1, "currency": "CHF", "account": account}).to_string();
    assert_eq!(
        bench
            .ask("POST", "/v1/payments")
            .body(body)
            .send()
            .await
            .status,
        201,
        "a new account may be paid for"
    );
}

#[tokio::test]
async fn a_box_is_activated_once() {
    let bench = Bench::start().await;
    let activate = || bench.ask("POST", "/v1/boxes/box_demo/activate").send();
    let first = activate().await;
    assert_eq!(
        (first.status, first.json()["status"].clone()),
        (200, json!("active"))
    );
    let second = activate().await;
    assert_eq!(
        (second.status, second.code().as_str()),
        (409, "already_active")
    );
    assert_eq!(
        bench
            .ask("POST", "/v1/boxes/box_none/activate")
            .send()
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn what_a_payment_keeps() {
    let bench = Bench::start().await;
    let body = r#"{"amount":100,"currency":"EUR","account":"acct_demo","card":{"number":"4242 4242 4242 4242"},
                   "items":[{"price":60},{"price":40}]}"#;
    let made = bench
        .ask("POST", "/v1/payments")
        .operation("op_1")
        .header("x-account-id", "acct_demo")
        .body(body)
        .send()
        .await;
    assert_eq!(made.status, 201);
    let mut payment = made.json();
    assert!(payment["id"].as_str().unwrap().starts_with("pay_"));
    let created = payment["createdAt"].take();
    assert!(created.as_str().unwrap().ends_with('Z'), "{created}");
    payment["id"].take();
    let expected = json!({
        "object": "payment", "id": null, "amount": 100, "currency": "EUR", "account": "acct_demo",
        "card": {"last4": "4242"}, "items": [{"price": 60}, {"price": 40}],
        "createdAt": null, "requestId": "op_1", "accountId": "acct_demo",
    });
    assert_eq!(payment, expected);
    assert_eq!(
        bench
            .get(&format!("/v1/payments/{}", made.id()))
            .await
            .json(),
        made.json()
    );
}

#[tokio::test]
async fn payments_of_one_operation_are_found_by_its_id() {
    let bench = Bench::start().await;
    for operation in ["op_1", "op_2", "op_1"] {
        bench.pay().operation(operation).send().await;
    }
    bench.pay().send().await;
    for (target, count) in [
        ("/v1/payments", 4),
        ("/v1/payments?requestId=op_1", 2),
        ("/v1/payments?requestId=op%5F2", 1),
        ("/v1/payments?requestId=op_3", 0),
    ] {
        assert_eq!(
            bench.get(target).await.json()["data"]
                .as_array()
                .unwrap()
                .len(),
            count,
            "{target}"
        );
    }
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let bench = Bench::start().await;
    let body = r#"{"amount":-5,"currency":"ABC","account":"acct_none","card":{"number":"4242424242424241"},
                   "items":[{"price":0},{"price":1},{"price":"2"},3]}"#;
    let reply = bench.ask("POST", "/v1/payments").body(body).send().await;
    assert_eq!(reply.status, 422);
    let errors = reply.errors();
    let errors: Vec<(&str, &str)> = errors
        .iter()
        .map(|(code, path)| (code.as_str(), path.as_str()))
        .collect();
    let expected = [
        ("amount_not_positive", "amount"),
        ("unknown_currency", "currency"),
        ("unknown_account", "account"),
        ("card_number_invalid", "card.number"),
        ("price_not_positive", "items.0.price"),
        ("wrong_type", "items.2.price"),
        ("wrong_type", "items.3"),
    ];
    assert_eq!(errors, expected);
    assert_eq!(bench.payments().await, 0);
}

#[tokio::test]
async fn one_thing_wrong_with_a_payment() {
    let bench = Bench::start().await;
    let base = json!({"amount": 1, "currency": "EUR", "account": "acct_demo"});
    for (field, value, expected) in [
        ("amount", json!(1.5), Some(("wrong_type", "amount"))),
        ("amount", json!("1"), Some(("wrong_type", "amount"))),
        ("amount", json!(0), Some(("amount_not_positive", "amount"))),
        ("amount", json!(null), Some(("wrong_type", "amount"))),
        (
            "currency",
            json!("eur"),
            Some(("unknown_currency", "currency")),
        ),
        ("currency", json!(5), Some(("wrong_type", "currency"))),
        ("account", json!([]), Some(("wrong_type", "account"))),
        ("card", json!("4242"), Some(("wrong_type", "card"))),
        (
            "card",
            json!({"number": 4242}),
            Some(("wrong_type", "card.number")),
        ),
        ("card", json!({}), None),
        ("card", json!(null), None),
        ("items", json!({}), Some(("wrong_type", "items"))),
        (
            "items",
            json!(vec![0; 1001]),
            Some(("too_many_items", "items")),
        ),
        ("items", json!([{"name": "no price"}]), None),
        ("items", json!([]), None),
        ("note", json!("a field that nobody knows"), None),
    ] {
        let mut body = base.clone();
        body[field] = value;
        let reply = bench
            .ask("POST", "/v1/payments")
            .body(body.to_string())
            .send()
            .await;
        match expected {
            None => assert_eq!(reply.status, 201, "{body}"),
            Some((code, path)) => {
                assert_eq!(
                    (reply.status, reply.errors()),
                    (422, vec![(code.to_owned(), path.to_owned())]),
                    "{field}"
                );
            }
        }
    }
    for missing in ["amount", "currency", "account"] {
        let mut body = base.clone();
        body.as_object_mut().unwrap().remove(missing);
        let reply = bench
            .ask("POST", "/v1/payments")
            .body(body.to_string())
            .send()
            .await;
        assert_eq!(
            (reply.status, reply.errors()),
            (422, vec![("missing".to_owned(), missing.to_owned())])
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_told_by_line_and_column() {
    let bench = Bench::start().await;
    for (body, place) in [
        ("", "line 1 column 0"),
        ("{\n  \"amount\": }", "line 2 column 13"),
        ("{}x", "line 1 column 3"),
    ] {
        let reply = bench.ask("POST", "/v1/payments").body(body).send().await;
        assert_eq!(
            (reply.status, reply.errors()),
            (400, vec![("malformed_json".to_owned(), String::new())])
        );
        let message = reply.json()["data"]["errors"][0]["message"].to_string();
        assert!(message.contains(place), "{message}");
    }
    let reply = bench.ask("POST", "/v1/payments").body("[1]").send().await;
    assert_eq!(
        (reply.status, reply.errors()),
        (422, vec![("wrong_type".to_owned(), String::new())])
    );
}

#[tokio::test]
async fn the_balance_is_lowered_and_then_insufficient() {
    let bench = Bench::start().await;
    let pay = |amount: &str| {
        let body = format!(r#"{{"amount":{amount},"currency":"EUR","account":"acct_demo"}}"#);
        bench.ask("POST", "/v1/payments").body(body).send()
    };
    for (amount, status) in [
        ("1000001", 402),
        ("999999", 201),
        ("2", 402),
        ("1", 201),
        ("1", 402),
        ("99999999999999999999999", 402),
    ] {
        let reply = pay(amount).await;
        assert_eq!(reply.status, status, "{amount}");
        if status == 402 {
            assert_eq!(reply.code(), "insufficient_balance");
        }
    }
    assert_eq!(bench.payments().await, 2);
}

#[tokio::test]
async fn unknown_places_and_wrong_methods() {
    let bench = Bench::start().await;
    for target in [
        "/",
        "/v1",
        "/v1/",
        "/v2/payments",
        "/v1/payments/",
        "/v1/payments/pay_none",
        "/v1/boxes/box_demo/x",
    ] {
        let reply = bench.get(target).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (404, "not_found"),
            "{target}"
        );
    }
    for (method, target, allow) in [
        ("DELETE", "/v1/payments", "GET, HEAD, POST"),
        ("PUT", "/v1/accounts/acct_demo", "GET, HEAD"),
        ("GET", "/v1/boxes/box_demo/activate", "POST"),
        ("POST", "/v1/blob", "GET, HEAD"),
        ("OPTIONS", "/v1/boxes", "GET, HEAD, POST"),
    ] {
        let reply = bench.ask(method, target).send().await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (405, "method_not_allowed"),
            "{method} {target}"
        );
        assert_eq!(reply.header("allow"), Some(allow));
    }
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let bench = Bench::start().await;
    let get = bench.get("/v1/accounts").await;
    let head = bench.ask("HEAD", "/v1/accounts").send().await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.header("content-length"),
        Some(get.body.len().to_string().as_str())
    );
}

#[tokio::test]
async fn the_blob_is_json_of_about_its_size() {
    let bench = Bench::start().await;
    let blob = bench.get("/v1/blob?mib=2").await;
    assert_eq!(
        (blob.status, blob.header("content-type")),
        (200, Some("application/json"))
    );
    assert!(
        (2 << 20..(2 << 20) + 4096).contains(&blob.body.len()),
        "{}",
        blob.body.len()
    );
    assert_eq!(blob.json()["object"], "blob");
    assert_eq!(
        bench.get("/v1/blob?mib=2").await.body,
        blob.body,
        "the seed makes it repeatable"
    );
    // Two gigabytes are not made before their head is there.
    assert_eq!(
        bench
            .ask("GET", "/v1/blob?mib=2048")
            .timeout(5000)
            .head()
            .await,
        200
    );
    for (target, code) in [
        ("/v1/blob", "missing"),
        ("/v1/blob?mib=0", "out_of_range"),
        ("/v1/blob?mib=2049", "out_of_range"),
        ("/v1/blob?mib=x", "wrong_type"),
    ] {
        let reply = bench.get(target).await;
        assert_eq!(
            (reply.status, reply.errors()),
            (422, vec![(code.to_owned(), "mib".to_owned())]),
            "{target}"
        );
    }
}

#[tokio::test]
async fn a_mark_that_cannot_be_kept_is_refused() {
    let bench = Bench::start().await;
    for (name, value) in [
        ("x-request-id", "o".repeat(256)),
        ("x-account-id", "ä".to_owned()),
    ] {
        let reply = bench
            .ask("POST", "/v1/payments")
            .header(name, value)
            .body(PAYMENT)
            .send()
            .await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "header_invalid")
        );
    }
}
