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

# Draw the README's pictures from the program itself.
picture directory="assets/screenshots":
    REQSCOPE_PICTURE="{{directory}}" cargo test --test picture

# Measure what has to stay fast.
bench *args:
    cargo bench {{args}}

# Build what is handed out: target/dist/reqscope.
dist:
    cargo build --profile dist --locked
