//! A proxy in front of an S3 endpoint. By a plan with a seed, it causes the faults of networks and servers.

mod canned;
mod connection;
mod operation;
mod plan;
mod proxy;
mod shared;

pub use canned::Canned;
pub use operation::{Operation, Request};
pub use plan::{Action, Plan};
pub use proxy::FaultProxy;
pub use shared::Recorded;

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// `503 SlowDown` to any request; to half of the uploads before their body was read, as busy servers do.
    SlowDown,
    /// `500 InternalError` to any request; to half of the uploads before their body was read.
    InternalError,
    /// The connection is reset (RST): before the response, or in the middle of a download.
    Reset,
    /// A download that ends before its Content-Length.
    Truncated,
    /// A download without Content-Length that ends early: only the end of the connection marks its end.
    TruncatedUnframed,
    /// One bit of a download is wrong; length and headers are right.
    FlippedDown,
    /// One bit of an upload is wrong when it reaches the server.
    FlippedUp,
    /// `200` with an `<Error>` body to CompleteMultipartUpload, which was not executed.
    ErrorInComplete,
    /// `200` with a page of HTML instead of a listing.
    HtmlListing,
    /// A listing whose XML stops in the middle, under a matching Content-Length.
    CutListing,
    /// The body stops in the middle and the connection stays open: downloads and uploads.
    Stall,
    /// The server executed the PUT, but the connection ends before the client gets the response.
    LostResponse,
}

impl Fault {
    /// Every fault, in the order of the plan.
    pub const ALL: [Self; 12] = [
        Self::SlowDown,
        Self::InternalError,
        Self::Reset,
        Self::Truncated,
        Self::TruncatedUnframed,
        Self::FlippedDown,
        Self::FlippedUp,
        Self::ErrorInComplete,
        Self::HtmlListing,
        Self::CutListing,
        Self::Stall,
        Self::LostResponse,
    ];

    /// Whether the plan may use this fault for this request.
    pub fn fits(self, request: &Request) -> bool {
        match self {
            Self::SlowDown | Self::InternalError | Self::Reset => true,
            Self::Truncated | Self::TruncatedUnframed | Self::FlippedDown => {
                request.operation == Operation::Download
            }
            Self::FlippedUp => request.operation == Operation::Upload && request.has_body,
            Self::Stall => {
                request.operation == Operation::Download
                    || (request.operation == Operation::Upload && request.has_body)
            }
            Self::LostResponse => request.operation == Operation::Upload,
            Self::ErrorInComplete => request.operation == Operation::Complete,
            Self::HtmlListing | Self::CutListing => request.operation == Operation::Listing,
        }
    }
}
