//! The pictures of the README: screens of the program, drawn by the program. A scenario ends in a screen; with
//! `REQSCOPE_PICTURE=DIRECTORY` each is written there as `NAME-dark.svg` and `NAME-light.svg`.

use std::path::PathBuf;
use std::time::Duration;

use support::home::Home;
use support::picture::{DARK, LIGHT, Palette, svg};
use support::terminal::Terminal;
use vt100::{Parser, Screen};

/// A picture's name, how its screen comes about, and a text that must be seen in it.
struct Scenario {
    name: &'static str,
    screen: fn() -> Screen,
    shows: &'static str,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "sampler",
        screen: sampler,
        shows: "bold red",
    },
    Scenario {
        name: "readme",
        screen: || errors((104, 32)),
        shows: "amount_not_positive",
    },
    Scenario {
        name: "errors-80x24",
        screen: || errors((80, 24)),
        shows: "amount_not_positive",
    },
    Scenario {
        name: "errors-120x40",
        screen: || errors((120, 40)),
        shows: "amount_not_positive",
    },
    Scenario {
        name: "errors-200x60",
        screen: || errors((200, 60)),
        shows: "amount_not_positive",
    },
    Scenario {
        name: "draft-80x24",
        screen: || draft((80, 24)),
        shows: "Draft",
    },
    Scenario {
        name: "draft-120x40",
        screen: || draft((120, 40)),
        shows: "Draft",
    },
    Scenario {
        name: "question-80x24",
        screen: || question((80, 24)),
        shows: "Esc",
    },
    Scenario {
        name: "question-120x40",
        screen: || question((120, 40)),
        shows: "Esc",
    },
    Scenario {
        name: "unsettled-80x24",
        screen: || unsettled((80, 24)),
        shows: "look up",
    },
    Scenario {
        name: "unsettled-200x60",
        screen: || unsettled((200, 60)),
        shows: "look up",
    },
    Scenario {
        name: "operation-120x40",
        screen: || operation((120, 40)),
        shows: "RE-CREATED",
    },
    Scenario {
        name: "quota-120x40",
        screen: || quota((120, 40)),
        shows: "60 s",
    },
    Scenario {
        name: "help-80x24",
        screen: || help((80, 24)),
        shows: "compose",
    },
    Scenario {
        name: "history-80x24",
        screen: || kept((80, 24)),
        shows: "★",
    },
    Scenario {
        name: "history-120x40",
        screen: || kept((120, 40)),
        shows: "★",
    },
    Scenario {
        name: "history-200x60",
        screen: || kept((200, 60)),
        shows: "asked",
    },
    Scenario {
        name: "filter-120x40",
        screen: || filter((120, 40)),
        shows: "insufficient_balance",
    },
    Scenario {
        name: "tiny-40x10",
        screen: || errors((40, 10)),
        shows: "amount_not_positive",
    },
];

/// A support desk's morning: what was sent before the screen opens.
fn lived_in() -> Home {
    let home = Home::new(env!("CARGO_BIN_EXE_reqscope"));
    let pay =
        |amount: &str| format!(r#"{{"amount":{amount},"currency":"EUR","account":"acct_demo"}}"#);
    home.reqscope(&["send", "/v1/accounts"]).expect_code(0);
    home.reqscope(&["send", "/v1/payments", "-d", &pay("1250")])
        .expect_code(0);
    home.reqscope(&[
        "send",
        "/v1/payments",
        "-d",
        &pay("9900"),
        "-H",
        "Sandbox-Fault: status=503",
    ])
    .expect_code(5);
    home.reqscope(&[
        "send",
        "/v1/payments",
        "-d",
        &pay("9900"),
        "-H",
        "Sandbox-Fault: drop-after",
    ])
    .expect_code(6);
    home.reqscope(&["send", "/v1/payments", "-d", &pay("99000000")])
        .expect_code(4);
    home.reqscope(&["send", "POST", "/v1/boxes/box_demo/activate"])
        .expect_code(0);
    home.reqscope(&["send", "GET", "/v1/payments/pay_missing"])
        .expect_code(4);
    home
}

/// Composes a payment with two wrong fields and sends it.
fn composed(size: (u16, u16)) -> (Home, Terminal) {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal
        .wait_for("503")
        .send("c")
        .wait_for("Draft")
        .send("POST /v1/payments<enter>");
    terminal
        .paste("{\n  \"amount\": -5,\n  \"currency\": \"XYZ\",\n  \"account\": \"acct_demo\"\n}");
    terminal.wait_for("acct_demo");
    (home, terminal)
}

/// The screen, once the frame that was waited for has come whole.
fn whole(terminal: &mut Terminal) -> Screen {
    terminal.wait_quiet(Duration::from_millis(80)).snapshot()
}

fn errors(size: (u16, u16)) -> Screen {
    let (_home, mut terminal) = composed(size);
    terminal
        .send("<c-s>")
        .wait_for("amount_not_positive")
        .send("<enter>")
        .wait_for("▾");
    whole(&mut terminal)
}

fn draft(size: (u16, u16)) -> Screen {
    let (_home, mut terminal) = composed(size);
    terminal
        .send("<c-s>")
        .wait_for("amount_not_positive")
        .send("e")
        .wait_for("Draft");
    whole(&mut terminal)
}

fn question(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("503").send("jjjR").wait_for("sends it");
    whole(&mut terminal)
}

/// What is left to find out, after everything was looked up.
fn unsettled(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("! 2 unsettled").send("!");
    terminal.wait_for("Unsettled 2").send("L");
    terminal.wait_for("1 found something").wait_for("none yet");
    whole(&mut terminal)
}

/// An operation that was done twice, and found out.
fn operation(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal
        .wait_for("? ···")
        .send("jjjR")
        .wait_for("MAY ACT TWICE");
    terminal.send("y").wait_for("✓ 201 Created").send("!");
    terminal.wait_for("Unsettled 2").send("jl");
    terminal.wait_for("2 objects").send("<esc>");
    terminal.wait_gone("Unsettled 2").send("3");
    terminal.wait_for("[Body]").send("[").wait_for("[Errors]");
    terminal.send("[").wait_for("RE-CREATED");
    whole(&mut terminal)
}

/// A history in which somebody keeps something.
fn kept(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("503").send("jj*").wait_for("▌★");
    terminal.send("ja").wait_for("Note on");
    terminal.send("asked Ana: paid twice<enter>").wait_for("¶");
    whole(&mut terminal)
}

/// A filter that is being typed, and what may be written next.
fn filter(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("503").send("/-is:held code:");
    terminal.wait_for("Tab ").wait_for("insufficient_");
    whole(&mut terminal)
}

fn quota(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal.wait_for("503").send("Q").wait_for("60 s");
    whole(&mut terminal)
}

fn help(size: (u16, u16)) -> Screen {
    let home = lived_in();
    let mut terminal = home.terminal(&[], size);
    terminal
        .wait_for("503")
        .send("?")
        .wait_for("compose a new request");
    whole(&mut terminal)
}

/// What the renderer can do, on one screen.
fn sampler() -> Screen {
    fed(concat!(
        "\x1b[?25l\x1b[1;31mbold red\x1b[0m plain \x1b[2mdim\x1b[0m \x1b[4munder\x1b[0m \x1b[7minverse\x1b[0m\r\n",
        "╭─┬╮ █▌▁░ \x1b[38;2;1;2;3mrgb\x1b[0m \x1b[48;5;196mcube\x1b[0m \x1b[38;5;244mgrey\x1b[0m\r\n",
        "a < b & c > d 日本 \x1b[3mitalic\x1b[0m",
    ))
}

fn fed(text: &str) -> Screen {
    let size = |n| std::num::NonZeroU16::new(n).expect("not zero");
    let mut parser = Parser::new(size(6), size(44), 0);
    parser.process(text.as_bytes());
    parser.screen().clone()
}

#[test]
fn every_scenario_is_drawn() {
    let directory = std::env::var_os("REQSCOPE_PICTURE").map(PathBuf::from);
    for scenario in SCENARIOS {
        let screen = (scenario.screen)();
        for palette in [&DARK, &LIGHT] {
            let picture = svg(&screen, palette);
            assert!(
                picture.contains(scenario.shows),
                "{}:\n{}",
                scenario.name,
                screen.contents()
            );
            assert_well_formed(&picture);
            if let Some(directory) = &directory {
                std::fs::create_dir_all(directory).expect("the directory of the pictures");
                let file = directory.join(format!("{}-{}.svg", scenario.name, palette.name));
                std::fs::write(file, picture).expect("a picture");
            }
        }
    }
}

/// Every element closes, and nothing stands outside the one root.
fn assert_well_formed(svg: &str) {
    assert!(
        svg.starts_with("<svg ") && svg.ends_with("</svg>\n"),
        "{svg}"
    );
    for line in svg.lines().skip(1).filter(|line| *line != "</svg>") {
        let closed = line.ends_with("/>") || line.ends_with("</text>");
        assert!(line.starts_with('<') && closed, "{line}");
        assert_eq!(
            line.matches('<').count(),
            line.matches('>').count(),
            "{line}"
        );
    }
}

#[test]
fn a_cell_keeps_its_colours_and_weight() {
    let picture = svg(&sampler(), &DARK);
    let red = format!("#{:06x}", DARK.ansi[1]);
    for (text, expected) in [
        (
            "bold red",
            vec![red.as_str(), "bold", "textLength=\"67.2\"", "x=\"12\""],
        ),
        ("dim", vec!["fill-opacity=\"0.6\""]),
        ("under", vec!["text-decoration=\"underline\""]),
        ("inverse", vec!["#15181e"]),
        ("rgb", vec!["#010203"]),
        ("grey", vec!["#808080"]),
        ("italic", vec!["font-style=\"italic\""]),
        // One cell of two columns.
        ("日", vec!["textLength=\"16.8\"", "x=\"129.6\""]),
        ("a &lt; b &amp; c &gt; d", vec!["x=\"12\""]),
    ] {
        let line = picture
            .lines()
            .find(|line| line.contains(&format!(">{text}</text>")));
        let line = line.unwrap_or_else(|| panic!("{text}:\n{picture}"));
        for part in expected {
            assert!(line.contains(part), "{part}: {line}");
        }
    }
    let behind = picture.lines().filter(|line| line.starts_with("<rect x="));
    let behind: Vec<&str> = behind.collect();
    assert!(
        behind.iter().any(|r| r.contains("#d5d9e0")),
        "inverse: {behind:?}"
    );
    assert!(
        behind.iter().any(|r| r.contains("#ff0000")),
        "cube: {behind:?}"
    );
}

#[test]
fn frames_are_drawn_and_not_written() {
    let picture = svg(&sampler(), &DARK);
    for c in "╭─┬╮█▌▁░".chars() {
        assert!(!picture.contains(c), "{c}");
    }
    // The round corner goes from its right edge through the middle to its lower edge.
    assert!(picture.contains("M20.4 39 Q16.2 39 16.2 48"), "{picture}");
    assert!(picture.contains("fill-opacity=\"0.25\""), "{picture}");
}

#[test]
fn a_shown_cursor_turns_its_cell_inside_out() {
    let count = |screen: &Screen, palette: &Palette| svg(screen, palette).matches("<rect").count();
    assert_eq!(count(&fed("ab\x1b[?25l"), &LIGHT), 1);
    assert_eq!(count(&fed("ab"), &LIGHT), 2);
}
