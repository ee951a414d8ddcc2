//! Copies a body from one side to the other and spoils it on the way if asked to.

use std::io::{self, BufRead, Write};

use fastrand::Rng;

use crate::http1::{Body, Framing, write_end, write_slice};

/// What happens to a body under way. Positions are bytes from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tamper {
    Nothing,
    /// Inverts one bit of the byte there.
    Flip {
        at: u64,
        bit: u8,
    },
    /// Passes on so many bytes and no more.
    Stop {
        after: u64,
    },
}

impl Tamper {
    pub(super) fn flip(framing: Framing, random: &mut Rng) -> Self {
        Self::Flip {
            at: middle(framing, random),
            bit: random.u8(0..8),
        }
    }

    pub(super) fn stop(framing: Framing, random: &mut Rng) -> Self {
        Self::Stop {
            after: middle(framing, random),
        }
    }
}

/// A place in the middle half, always before the last byte's end; the start where the length is unknown.
fn middle(framing: Framing, random: &mut Rng) -> u64 {
    match framing {
        Framing::Length(length) if length > 0 => length / 4 + random.u64(0..(length / 2).max(1)),
        _ => 0,
    }
}

/// True if all of the body went over.
pub(super) fn copy<R: BufRead>(
    from: &mut Body<'_, R>,
    to: &mut impl Write,
    framing: Framing,
    tamper: Tamper,
) -> io::Result<bool> {
    let mut position: u64 = 0;
    loop {
        let mut stopped = false;
        let length = from.next(|slice| {
            let end = position + slice.len() as u64;
            match tamper {
                Tamper::Flip { at, bit } if (position..end).contains(&at) => {
                    let mut spoiled = slice.to_vec();
                    let index = usize::try_from(at - position).unwrap_or_default();
                    if let Some(byte) = spoiled.get_mut(index) {
                        *byte ^= 1 << bit;
                    }
                    write_slice(to, framing, &spoiled)
                }
                Tamper::Stop { after } if after < end => {
                    stopped = true;
                    let kept = usize::try_from(after - position).unwrap_or_default();
                    match slice.get(..kept) {
                        Some(kept) if !kept.is_empty() => write_slice(to, framing, kept),
                        _ => Ok(()),
                    }
                }
                _ => write_slice(to, framing, slice),
            }
        })?;
        if stopped {
            to.flush()?;
            return Ok(false);
        }
        if length == 0 {
            write_end(to, framing)?;
            return Ok(true);
        }
        position += length as u64;
    }
}
