//! Credentials from a command, `credential_process`. Like the AWS CLI, we run it without a shell.

use std::process::Stdio;
use std::time::Duration;

use rusoto_credential::AwsCredentials;
use serde::Deserialize;
use tokio::process::Command;

use crate::ui::one_line;

/// A command may ask a person for a fingerprint or a PIN.
const TIME_LIMIT: Duration = Duration::from_secs(120);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Runs the command and reads its output.
pub(super) async fn ask(command: &str) -> Result<AwsCredentials, String> {
    let words = shlex::split(command).ok_or("the command has a quote that is not closed")?;
    let Some((program, arguments)) = words.split_first() else {
        return Err("the command is empty".to_owned());
    };
    let running = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(TIME_LIMIT, running)
        .await
        .map_err(|_| {
            format!(
                "`{}` did not end within {} s",
                one_line(program),
                TIME_LIMIT.as_secs()
            )
        })?
        .map_err(|error| {
            let error = crate::Error::io("run", "", &error);
            format!("`{}` cannot be run: {}", one_line(program), error.cause())
        })?;
    if !output.status.success() {
        // The last line of stderr usually gives the reason. stdout may hold secrets and is never
        // shown.
        let said = String::from_utf8_lossy(&output.stderr);
        let said = said
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty() && !names_a_secret(line));
        return Err(match said {
            Some(line) => format!(
                "`{}` failed ({}): {}",
                one_line(program),
                output.status,
                one_line(line)
            ),
            None => format!("`{}` failed ({})", one_line(program), output.status),
        });
    }
    read(&output.stdout).map_err(|cause| format!("`{}` answered {cause}", one_line(program)))
}

/// Whether a line looks like credentials, which some programs log when they fail.
fn names_a_secret(line: &str) -> bool {
    let letters: String = line
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    ["secretaccesskey", "sessiontoken", "securitytoken"]
        .iter()
        .any(|name| letters.contains(name))
}

fn read(stdout: &[u8]) -> Result<AwsCredentials, String> {
    // serde's own message may quote the output.
    let response: Response = serde_json::from_slice(stdout)
        .map_err(|_| "something that is not JSON with Version, AccessKeyId and SecretAccessKey")?;
    if response.version != 1 {
        return Err(format!("in version {}, known is 1", response.version));
    }
    let expires = response.expiration.filter(|text| !text.is_empty());
    Ok(AwsCredentials::new(
        response.access_key_id,
        response.secret_access_key,
        response.session_token.filter(|token| !token.is_empty()),
        expires
            .map(|text| text.parse())
            .transpose()
            .map_err(|_| "an Expiration that is not a time")?,
    ))
}
