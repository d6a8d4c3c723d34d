//! What is known of an answer stands under its errors: the profile's own explanation of a code, then the page's of the
//! status; and above them the envelope's own words.

use crate::{compose, home, open};

#[test]
fn codes_and_status_are_explained_under_the_list() {
    let mut home = home();
    let codes = home.write(
        "codes.toml",
        "[amount_not_positive]\nmeaning = \"Amounts are in minor units.\"\nrecommendation = \"Refund instead.\"\n",
    );
    let text = format!("[profile.sandbox]\ncatalogue = '{}'\n", codes.display());
    let config = home.write("config.toml", text);
    home.set("REQSCOPE_CONFIG", config);
    let mut terminal = open(&home, (120, 50));
    compose(
        &mut terminal,
        "/v1/payments",
        "{\"amount\":-5,\"currency\":\"XYZ\"}",
    );
    terminal
        .send("<c-s>")
        .wait_for("As the profile's catalogue has it:")
        .wait_for("→ Refund instead.");
    // From top to bottom: the envelope, the list, the code, the status.
    let screen = terminal.screen();
    let row = |text: &str| {
        let row = screen.lines().position(|line| line.contains(text));
        row.unwrap_or_else(|| panic!("{text}: {screen}"))
    };
    let rows = [
        "│request_errors",
        "▸ unknown_currency",
        "Refund instead.",
        "! The old key may",
    ]
    .map(row);
    assert!(rows.is_sorted(), "{rows:?} {screen}");

    // Without a list the status is explained all the same, and nothing of keys where none was sent.
    terminal.send("c").wait_for("Draft");
    terminal
        .send("GET /v1/nothing<c-s>")
        .wait_for("✗ 404 Not Found")
        .wait_for("does not exist.");
    assert!(
        !terminal.screen().contains("! The old key"),
        "{}",
        terminal.screen()
    );
}
