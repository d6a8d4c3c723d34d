//! Secrets that the command line is told of and never spelled on: values for places of a request, and a credential that
//! is asked for.

use std::io::IsTerminal;

use crate::cli::exit::UsageError;
use crate::dispatch::Access;
use crate::domain::kept::Supplied;
use crate::domain::order::Ask;
use crate::domain::redact::Secret;
use crate::domain::secret_field::place::Place;
use crate::services::Services;

/// What `--secret` takes.
const HOW: &str = "write LOCATION=env:VARIABLE or LOCATION=@FILE, where LOCATION is a JSON Pointer (/card/number), \
                   form:NAME, query:NAME or header:NAME";

/// Reads what `--secret` was given, each time.
///
/// # Errors
/// When one cannot be read; the message never shows a value.
pub fn supplied(texts: &[String]) -> Result<Vec<Supplied>, UsageError> {
    texts.iter().map(|text| one(text)).collect()
}

fn one(text: &str) -> Result<Supplied, UsageError> {
    // A name may hold an equals sign: what counts is where the source begins.
    let at = text.rfind("=env:").or_else(|| text.find("=@"));
    let Some(at) = at else {
        // Perhaps it was spelled: then no message shows it.
        let location = text.split('=').next().unwrap_or_default();
        return Err(UsageError(format!("--secret {location}=…: {HOW}")));
    };
    let (location, source) = (&text[..at], &text[at + 1..]);
    let place: Place = location
        .parse()
        .map_err(|error| UsageError(format!("--secret '{location}': {error}: {HOW}")))?;
    let value = match (source.strip_prefix("env:"), source.strip_prefix('@')) {
        (Some(variable), _) => std::env::var(variable).map_err(|_| {
            UsageError(format!(
                "--secret: the environment variable {variable} is not set"
            ))
        })?,
        (None, file) => {
            let file = file.unwrap_or_default();
            std::fs::read_to_string(file).map_err(|error| {
                UsageError(format!(
                    "--secret: the file '{file}' cannot be read: {error}"
                ))
            })?
        }
    };
    let value = Secret::new(value.trim_end_matches(['\r', '\n']));
    Ok(Supplied { place, value })
}

/// The access an order is sent with, its credential asked for at the terminal where that is how it is had.
///
/// # Errors
/// When the profile cannot be opened, there is no terminal to ask at, or what was typed is no credential.
pub async fn access_for(services: &Services, ask: &Ask) -> anyhow::Result<Access> {
    let access = services.access_for(ask).await?;
    if !access.asks {
        return Ok(access);
    }
    let name = access.profile.name.clone();
    let secret = prompt(&name)?;
    services.give_credential(&name, secret)?;
    Ok(services.access_for(ask).await?)
}

fn prompt(profile: &str) -> Result<Secret, UsageError> {
    let other = "set REQSCOPE_API_KEY, or give its api_key another source (env, file, command)";
    if !std::io::stderr().is_terminal() {
        return Err(UsageError(format!(
            "profile '{profile}' asks for its credential, and there is no terminal to ask at: {other}"
        )));
    }
    let text = format!("Credential of profile '{profile}' (not shown): ");
    let typed = rpassword::prompt_password(text);
    typed.map(Secret::new).map_err(|error| {
        UsageError(format!(
            "the credential of profile '{profile}' could not be asked for: {error}: {other}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::one;

    #[test]
    fn a_secret_is_named_never_spelled() {
        for bad in [
            "",
            "header:=env:X",
            "header:cookie",
            "header:cookie=plain_hidden",
            "/card/number=4242_hidden",
            "cookie=env:X",
            "/a~b=env:X",
            "header:cookie=env:REQSCOPE_NO_SUCH_VARIABLE",
            "/card/number=@/no/such/file",
        ] {
            let error = one(bad).expect_err(bad).to_string();
            assert!(
                error.contains("--secret") && !error.contains("hidden"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_place_is_named_as_the_refusal_names_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("a=b");
        std::fs::write(&file, "4242 \r\n").expect("a file of our own");
        for location in [
            "/card/number",
            "/a=b/c",
            "form:pin",
            "query:token#2",
            "header:Cookie",
        ] {
            let supplied = one(&format!("{location}=@{}", file.display())).expect(location);
            assert_eq!(supplied.place.to_string(), location);
            assert_eq!(supplied.value.expose(), "4242 ");
        }
    }
}
