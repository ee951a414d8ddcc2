//! Stands in front of an S3 endpoint and spoils requests, for trying out by hand how a program takes it.

use std::io::{self, Write as _};
use std::process::ExitCode;

use structopt::StructOpt;
use testkit::faults::{Fault, FaultProxy, Plan};

/// Stands in front of an S3 endpoint (plain http) and spoils requests by a seeded plan, until it is killed.
///
/// Prints its address; give that to a program as its endpoint. For trying out and tests only.
#[derive(Debug, StructOpt)]
struct Args {
    /// The endpoint behind, such as http://127.0.0.1:7480
    endpoint: String,
    /// Where faults fall: the same seed and the same requests give the same faults
    #[structopt(long, default_value = "1")]
    seed: u64,
    /// KIND=PERCENT: put this fault on so many of the requests that it fits; may be repeated; `all=5` means every kind
    #[structopt(long = "rate", number_of_values = 1)]
    rates: Vec<Rate>,
    /// Let a request through once it has met so many faults
    #[structopt(long)]
    most_per_target: Option<u32>,
    /// The port to listen on; 0 takes a free one
    #[structopt(long, default_value = "0")]
    port: u16,
}

#[derive(Clone, Copy, Debug)]
struct Rate {
    /// `None` is every kind.
    fault: Option<Fault>,
    percent: f64,
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, percent) = text
            .split_once('=')
            .ok_or_else(|| format!("`{text}` is not KIND=PERCENT"))?;
        let fault = if kind == "all" {
            None
        } else {
            Some(kind.parse()?)
        };
        let percent = percent
            .parse()
            .ok()
            .filter(|percent| (0.0..=100.0).contains(percent));
        let percent = percent.ok_or_else(|| format!("`{text}`: the percentage is 0 to 100"))?;
        Ok(Self { fault, percent })
    }
}

fn main() -> ExitCode {
    let args = Args::from_args();
    let mut plan = args
        .rates
        .iter()
        .fold(Plan::new(args.seed), |plan, rate| match rate.fault {
            Some(fault) => plan.rate(fault, rate.percent),
            None => plan.rate_of_all(rate.percent),
        });
    if let Some(most) = args.most_per_target {
        plan = plan.most_per_target(most);
    }
    let served = FaultProxy::start_on(args.port, &args.endpoint, plan).and_then(|proxy| {
        writeln!(io::stdout(), "{}", proxy.endpoint())?;
        proxy.wait();
        Ok(())
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _nowhere_to_say_it = writeln!(io::stderr(), "fault_proxy: cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
