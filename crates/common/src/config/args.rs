//! The flags about the connection, shared by all programs. Secrets have no flag.

use std::path::PathBuf;
use std::time::Duration;

use s3_client::Addressing;
use structopt::StructOpt;

/// Flags about the connection. A flag takes precedence over the variable of the same meaning.
#[derive(Clone, Debug, Default, StructOpt)]
pub struct ConnectArgs {
    /// Region of the bucket [default: REGION_NAME, AWS_REGION, profile, or us-east-1]
    #[structopt(long, value_name = "NAME")]
    pub region: Option<String>,

    /// Address of the S3 service [default: ENDPOINT_URL, profile, or AWS of the region]
    #[structopt(long, value_name = "URL")]
    pub endpoint_url: Option<String>,

    /// Profile in the files of `aws configure`; takes precedence over the key variables
    #[structopt(long, value_name = "NAME", conflicts_with = "no-sign-request")]
    pub profile: Option<String>,

    /// Send no signature: for buckets that anybody may read
    #[structopt(long)]
    pub no_sign_request: bool,

    /// Where the bucket is named: path, virtual (in the host name) or auto [default: auto]
    #[structopt(long, value_name = "STYLE", possible_values = &Addressing::NAMES)]
    pub addressing_style: Option<Addressing>,

    /// PEM file with the certificate authorities to trust [default: the system's]
    #[structopt(long, value_name = "FILE", parse(from_os_str))]
    pub ca_bundle: Option<PathBuf>,

    /// Number of times to try a request before it fails [default: 10]
    #[structopt(long, value_name = "N", parse(try_from_str = parse_attempts))]
    pub max_attempts: Option<u32>,

    /// Time to wait for a connection, such as 5, 5s or 500ms [default: 5s]
    #[structopt(long, value_name = "TIME", parse(try_from_str = parse_time))]
    pub connect_timeout: Option<Duration>,

    /// Time that a connection may be silent, such as 30, 30s or 2m [default: 30s]
    #[structopt(long, value_name = "TIME", parse(try_from_str = parse_time))]
    pub read_timeout: Option<Duration>,
}

/// Reads a number of attempts, at most 1,000. With pauses of 20 s that takes five hours.
pub(super) fn parse_attempts(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(attempts @ 1..=1000) => Ok(attempts),
        _ => Err("not a whole number from 1 to 1000".to_owned()),
    }
}

/// Reads a time: seconds, or a number with `ms`, `s` or `m`. At most a day.
pub(super) fn parse_time(text: &str) -> Result<Duration, String> {
    let problem = || "not a time such as 30, 30s, 500ms or 2m, above zero".to_owned();
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds_per_unit = match unit {
        "" | "s" => 1.0,
        "ms" => 0.001,
        "m" => 60.0,
        _ => return Err(problem()),
    };
    let seconds = number.parse::<f64>().map_err(|_| problem())? * seconds_per_unit;
    match Duration::try_from_secs_f64(seconds) {
        Ok(time) if time >= Duration::from_millis(1) && time <= Duration::from_secs(86_400) => {
            Ok(time)
        }
        _ => Err(problem()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_unless_they_say_otherwise() {
        for (text, millis) in [
            ("5", 5000),
            ("0.5", 500),
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
        ] {
            assert_eq!(
                parse_time(text),
                Ok(Duration::from_millis(millis)),
                "{text}"
            );
        }
        for text in ["", "0", "-1", "s", "1h", "1e3", "nan", "inf", "99999999999"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attempts_are_at_least_one() {
        assert_eq!(parse_attempts("1"), Ok(1));
        assert!(parse_attempts("0").is_err());
        assert!(parse_attempts("-1").is_err());
        assert!(parse_attempts("1001").is_err());
    }

    #[test]
    fn the_flags_are_well_formed() {
        let args = ConnectArgs::from_iter(["x", "--addressing-style", "path", "--read-timeout=2m"]);
        assert_eq!(args.addressing_style, Some(Addressing::Path));
        assert_eq!(args.read_timeout, Some(Duration::from_secs(120)));
        assert!(ConnectArgs::from_iter_safe(["x", "--no-sign-request", "--profile", "p"]).is_err());
    }
}
