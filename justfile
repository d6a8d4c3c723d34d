# The recipes (https://just.systems). `just` alone lists them.

_list:
    @just --list

# Run the program: `just run send /v1/payments`.
run *args:
    cargo run -- {{args}}

# Run the tests, or those of one name.
test *args:
    cargo test {{args}}

# All that has to hold before a change is taken.
lint:
    .ci/run

# Draw screens from the program itself, at several sizes, dark and light; the README's goes to assets.
picture:
    REQSCOPE_PICTURE="target/pictures" cargo test --test picture
    mkdir -p assets/screenshots
    cp target/pictures/readme-dark.svg target/pictures/readme-light.svg assets/screenshots/

# Measure what has to stay fast.
bench *args:
    cargo bench {{args}}

# Build what is handed out: target/dist/reqscope.
dist:
    cargo build --profile dist --locked
