//! `reqscope explain`: a status, a class, a code of the page, of the profile, of the profile's own file; and what is not
//! known.

use crate::bench::{home, run};

#[test]
fn a_status_of_the_page_says_what_to_do() {
    let home = home();
    for (word, told) in [
        (
            "402",
            &["402 Payment Required\n", "balance", "→ ", "NEW key", "! "][..],
        ),
        (
            "429",
            &[
                "429 Too Many Requests\n",
                "Retry-After",
                "idempotency layer",
            ],
        ),
        ("401", &["idempotency layer", "same key"]),
        ("503", &["indeterminate", "requestId"]),
        ("request_errors", &["request_errors\n", "data.errors"]),
    ] {
        let output = run(&home, "explain", &[word]).expect_code(0);
        for part in told {
            assert!(output.stdout().contains(part), "{part}: {output}");
        }
        assert!(
            !output.stdout().contains("is not on the API's page"),
            "{output}"
        );
        assert!(
            !output.stdout().contains('\u{1b}') && output.stderr().is_empty(),
            "{output}"
        );
    }
}

#[test]
fn a_status_that_is_not_on_the_page_says_so() {
    let home = home();
    for (word, told) in [
        (
            "403",
            &[
                "403 Forbidden",
                "403 is not on the API's page. Of 4xx it says:",
            ][..],
        ),
        (
            "599",
            &["599 is not on the API's page. Of 5xx", "indeterminate"],
        ),
        (
            "302",
            &["302 Found", "302 is not on the API's page. In HTTP:"],
        ),
        ("4xx", &["4xx", "in general"]),
    ] {
        let output = run(&home, "explain", &[word]).expect_code(0);
        for part in told {
            assert!(output.stdout().contains(part), "{part}: {output}");
        }
    }
}

#[test]
fn a_code_of_the_profiles_own_file_is_explained_under_that_profile() {
    let mut home = home();
    home.write(
        "config/reqscope/codes.toml",
        "[amount_not_positive]\nmeaning = \"Amounts are in minor units.\"\nrecommendation = \"Refund instead.\"\n\
         [403]\nmeaning = \"Your address is not allowed.\"\n",
    );
    let codes = home.path().join("config/reqscope/codes.toml");
    let text = format!(
        "[profile.live]\ncatalogue = '{}'\n[profile.other]\n",
        codes.display()
    );
    let config = home.write("config.toml", text);
    home.set("REQSCOPE_CONFIG", config);
    let live = |word: &str| run(&home, "explain --profile live", &[word]);
    let code = live("amount_not_positive").expect_code(0);
    for part in ["profile's catalogue", "minor units.", "→ Refund instead."] {
        assert!(code.stdout().contains(part), "{code}");
    }
    let status = live("403").expect_code(0);
    assert!(
        status.stdout().contains("403 Forbidden") && status.stdout().contains("not allowed"),
        "{status}"
    );
    // A status without an explanation of its own is the page's.
    assert!(live("402").expect_code(0).stdout().contains("balance"));

    let near = live("amount_not_positve").expect_code(2);
    assert!(
        near.stderr()
            .contains("did you mean 'amount_not_positive'?"),
        "{near}"
    );
    let other = run(&home, "explain --profile other amount_not_positive", &[]).expect_code(2);
    assert!(
        other.stderr().contains("is not known") && other.stderr().contains("key_reused"),
        "{other}"
    );
    assert!(other.stdout.is_empty(), "{other}");
}

#[test]
fn what_is_no_status_and_no_code_is_wrong_usage() {
    let home = home();
    for (words, told) in [
        (&["explain", "600"][..], "100 to 599"),
        (&["explain", "99"], "100 to 599"),
        (&["explain", "nonsense"], "request_errors"),
        (&["explain", "402", "--profile", "nope"], "[profile.nope]"),
        (&["explain"], "STATUS|CODE"),
    ] {
        let output = home.reqscope(words).expect_code(2);
        assert!(
            output.stderr().contains(told) && output.stdout.is_empty(),
            "{output}"
        );
    }
}

#[test]
fn a_mistake_in_the_catalogue_names_its_line() {
    let mut home = home();
    let config = home.path().join("config.toml");
    home.set("REQSCOPE_CONFIG", &config);
    let json = home.write("codes.json", "{\n\"a\": {\"meanin\": \"x\"}}");
    let toml = home.write("codes.toml", "\n[a]\nmeaning = 7\n");
    for (file, told) in [
        (json, &["codes.json:2:", "meanin"][..]),
        (toml, &["codes.toml:3:11", "[a] meaning"]),
        (
            home.path().join("none.toml"),
            &[
                "config.toml:2:13",
                "catalogue",
                "none.toml",
                "cannot be read",
            ],
        ),
    ] {
        home.write(
            "config.toml",
            format!("[profile.live]\ncatalogue = '{}'\n", file.display()),
        );
        let output = run(&home, "explain 402", &[]).expect_code(1);
        for part in told {
            assert!(output.stderr().contains(part), "{part}: {output}");
        }
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_lines_are_broken_between_words() {
    let home = home();
    let mut terminal = home.terminal(&["explain", "401"], (44, 24));
    terminal.wait_for("    runs.");
    assert_eq!(terminal.wait_exit(), 0);
    let screen = terminal.screen();
    for line in screen.lines().filter(|line| line.starts_with("    ")) {
        assert!(line.trim_end().len() <= 44, "{screen}");
    }
    assert!(
        screen.contains("\n  ! Authentication comes before the"),
        "{screen}"
    );
}
