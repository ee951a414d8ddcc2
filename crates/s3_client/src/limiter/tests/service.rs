//! A service and a line to it, in simulated time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use fastrand::Rng;

use super::super::control::{Control, Start};

/// What the service is like.
#[derive(Clone, Debug)]
pub(super) struct Service {
    /// The way there and back, and up to so much more.
    pub(super) latency_s: f64,
    pub(super) jitter_s: f64,
    /// So many requests are worked on at a time, each for so long.
    pub(super) workers: usize,
    pub(super) work_s: f64,
    /// Requests a second that are not refused, and how many more at once after a rest.
    pub(super) rate: Option<(f64, f64)>,
    /// It counts anew each second, instead of saving up what was not used.
    pub(super) counts_seconds: bool,
    /// What a refusal asks for.
    pub(super) retry_after: Option<Duration>,
    /// Bytes a second that the line carries.
    pub(super) bytes_per_s: f64,
    /// While it is down, everything is refused.
    pub(super) down_s: std::ops::Range<f64>,
    /// Of a hundred requests so many are refused whatever the rate.
    pub(super) refused_percent: f64,
    /// How late our own timers are.
    pub(super) late_s: f64,
}

impl Default for Service {
    fn default() -> Self {
        Self {
            latency_s: 0.001,
            jitter_s: 0.0,
            workers: 10_000,
            work_s: 0.0,
            rate: None,
            counts_seconds: false,
            retry_after: None,
            bytes_per_s: 10e9,
            down_s: 0.0..0.0,
            refused_percent: 0.0,
            late_s: 0.0,
        }
    }
}

/// What a run came to.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) seconds: f64,
    pub(super) succeeded: usize,
    pub(super) refused: usize,
    /// The limit at the end of every tenth of a second.
    pub(super) limits: Vec<usize>,
    /// How many had succeeded by then.
    pub(super) done: Vec<usize>,
    /// The longest that one request took.
    pub(super) longest_s: f64,
}

impl Run {
    pub(super) fn per_s(&self) -> f64 {
        self.succeeded as f64 / self.seconds
    }

    pub(super) fn refused_share(&self) -> f64 {
        self.refused as f64 / (self.refused + self.succeeded) as f64
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    /// An attempt wants to begin, after so many failures.
    Wants(u32),
    /// Whoever is next may be able to begin.
    Look,
    /// The response to a request that began then.
    Ends {
        began: Duration,
        bytes: u64,
        refused: bool,
        failed: u32,
    },
}

struct World<'a> {
    service: &'a Service,
    rng: Rng,
    events: BinaryHeap<Reverse<(Duration, u64)>>,
    what: std::collections::HashMap<u64, Event>,
    number: u64,
    tokens: f64,
    tokens_at: f64,
    /// When each worker is free, and the line.
    free: BinaryHeap<Reverse<Duration>>,
    line_free_s: f64,
}

impl World<'_> {
    fn at(&mut self, time_s: f64, event: Event) {
        self.number += 1;
        self.what.insert(self.number, event);
        self.events.push(Reverse((
            Duration::from_secs_f64(time_s.max(0.0)),
            self.number,
        )));
    }

    /// Whether a request that arrives then is refused.
    fn refuses(&mut self, now_s: f64) -> bool {
        if self.service.down_s.contains(&now_s)
            || self.rng.f64() * 100.0 < self.service.refused_percent
        {
            return true;
        }
        let Some((rate, most)) = self.service.rate else {
            return false;
        };
        let saved = (now_s - self.tokens_at) * rate;
        self.tokens = match self.service.counts_seconds {
            false => (self.tokens + saved).min(most.max(1.0)),
            true if now_s.floor() > self.tokens_at.floor() => rate,
            true => self.tokens,
        };
        self.tokens_at = now_s;
        if self.tokens < 1.0 {
            return true;
        }
        self.tokens -= 1.0;
        false
    }

    /// Sends a request; its response comes later.
    fn send(&mut self, now: Duration, bytes: u64, failed: u32) {
        let now_s = now.as_secs_f64();
        let there_s = now_s + self.service.latency_s / 2.0 + self.rng.f64() * self.service.jitter_s;
        let refused = self.refuses(there_s);
        let mut done_s = there_s;
        let mut moved = 0;
        if !refused {
            let Reverse(free) = self.free.pop().unwrap();
            done_s = free.as_secs_f64().max(there_s) + self.service.work_s;
            self.free.push(Reverse(Duration::from_secs_f64(done_s)));
            self.line_free_s =
                self.line_free_s.max(done_s) + bytes as f64 / self.service.bytes_per_s;
            done_s = self.line_free_s;
            moved = bytes;
        }
        let back_s = done_s + self.service.latency_s / 2.0;
        self.at(
            back_s,
            Event::Ends {
                began: now,
                bytes: moved,
                refused,
                failed,
            },
        );
    }
}

/// Moves so many objects of this size, as many at a time as the limiter lets, for at most so long.
pub(super) fn run(
    service: &Service,
    most: usize,
    objects: usize,
    bytes: u64,
    longest_s: f64,
    seed: u64,
) -> Run {
    let mut control = Control::new(most);
    let mut world = World {
        service,
        rng: Rng::with_seed(seed),
        events: BinaryHeap::new(),
        what: Default::default(),
        number: 0,
        tokens: service.rate.map_or(0.0, |(_, most)| most.max(1.0)),
        tokens_at: 0.0,
        free: (0..service.workers)
            .map(|_| Reverse(Duration::ZERO))
            .collect(),
        line_free_s: 0.0,
    };
    let mut run = Run::default();
    let mut waiting: VecDeque<u32> = VecDeque::new();
    let (mut left, mut moved, mut looking) = (objects, 0, Duration::ZERO);
    world.at(0.0, Event::Look);
    while let Some(Reverse((now, number))) = world.events.pop() {
        let now_s = now.as_secs_f64();
        while run.limits.len() as f64 / 10.0 < now_s {
            run.limits.push(control.limit());
            run.done.push(run.succeeded);
        }
        if now_s > longest_s {
            break;
        }
        match world.what.remove(&number).unwrap() {
            Event::Wants(failed) => waiting.push_back(failed),
            Event::Look => {}
            Event::Ends {
                began,
                bytes,
                refused,
                failed,
            } => {
                control.answered(now);
                moved += bytes;
                run.longest_s = run.longest_s.max((now - began).as_secs_f64());
                if refused {
                    run.refused += 1;
                    control.refused(now, began, service.retry_after);
                    let asked = service.retry_after.map_or(0.0, |pause| pause.as_secs_f64());
                    let ours = 0.1 * f64::from(1_u32 << failed.min(7)) * world.rng.f64();
                    world.at(now_s + ours.max(asked), Event::Wants(failed + 1));
                } else {
                    run.succeeded += 1;
                    run.seconds = now_s;
                    control.succeeded(now, began);
                }
                control.end(now, began, moved);
            }
        }
        // Twice as many tasks as requests, as the programs have them.
        while left > 0 && waiting.len() < control.limit() {
            left -= 1;
            waiting.push_back(0);
        }
        while let Some(&failed) = waiting.front() {
            match control.start(now, moved) {
                Start::Now => {
                    waiting.pop_front();
                    world.send(now, bytes, failed);
                }
                Start::In(wait) => {
                    let time = now + wait;
                    if looking <= now || time < looking {
                        looking = time;
                        let late_s = world.rng.f64() * service.late_s;
                        world.at(time.as_secs_f64() + late_s, Event::Look);
                    }
                    break;
                }
                Start::WhenOneEnds => break,
            }
        }
    }
    run
}
