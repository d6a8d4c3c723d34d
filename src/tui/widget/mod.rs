//! Pieces of the screen that know the theme and plain data only, and nothing of requests.
