//! Buckets at random: trees of any depth and fan-out, whose names are of any kind.

use fastrand::Rng;

/// How the names of a level are made.
#[derive(Clone, Copy, Debug)]
enum Names {
    Padded(usize),
    Unpadded,
    Hex(usize),
    Word,
    Bases(usize),
    Date,
    Uuid,
    Mixed(usize),
    Wide,
    Pair,
}

/// How many keys the parts of a level get.
#[derive(Clone, Copy, Debug)]
enum Sizes {
    Even,
    Spread,
    HeavyTail,
    OneBig,
}

struct Level {
    names: Names,
    sizes: Sizes,
    parts: usize,
    /// Stands before each name.
    constant: String,
    separator: &'static str,
}

fn pick<T: Copy>(random: &mut Rng, from: &[T]) -> T {
    from[random.usize(..from.len())]
}

fn text(random: &mut Rng, letters: &str, length: usize) -> String {
    let letters: Vec<char> = letters.chars().collect();
    (0..length).map(|_| pick(random, &letters)).collect()
}

fn word(random: &mut Rng) -> String {
    let length = random.usize(2..5);
    (0..length)
        .map(|_| text(random, "bcdfghklmnprstvwz", 1) + &text(random, "aeiou", 1))
        .collect()
}

impl Level {
    fn random(random: &mut Rng) -> Self {
        let width = random.usize(2..13);
        let names = [
            Names::Padded(width),
            Names::Padded(8),
            Names::Unpadded,
            Names::Hex(width.max(6)),
            Names::Word,
            Names::Bases(width + 4),
            Names::Date,
            Names::Uuid,
            Names::Mixed(width + 3),
            Names::Wide,
            Names::Pair,
        ];
        let long = if random.u8(..8) == 0 { 200 } else { 25 };
        let length = random.usize(1..long);
        let has_constant = random.u8(..3) == 0;
        Self {
            names: pick(random, &names),
            sizes: pick(
                random,
                &[Sizes::Even, Sizes::Spread, Sizes::HeavyTail, Sizes::OneBig],
            ),
            parts: 10_f64.powf(random.f64() * 3.2) as usize,
            constant: if has_constant {
                text(random, "abcdefghij/_-XYZ", length)
            } else {
                String::new()
            },
            separator: pick(random, &["/", "/", "/", "-", "_", "/x/"]),
        }
    }

    fn name(&self, random: &mut Rng, number: usize) -> String {
        let name = match self.names {
            Names::Padded(width) => format!("{number:0width$}"),
            Names::Unpadded => number.to_string(),
            Names::Hex(width) => format!("{:016x}", random.u64(..)).split_at(width).0.into(),
            Names::Word => word(random),
            Names::Bases(width) => text(random, "ACGT", width),
            Names::Date => format!(
                "{}-{:02}-{:02}{}",
                2000 + number / 372 % 100,
                number / 31 % 12 + 1,
                number % 31 + 1,
                if number < 37_200 {
                    String::new()
                } else {
                    format!(".{number}")
                },
            ),
            Names::Uuid => format!(
                "{:08x}-{:04x}-4{:03x}",
                random.u32(..),
                random.u16(..),
                random.u16(..4096)
            ),
            Names::Mixed(width) => (0..width).map(|_| random.alphanumeric()).collect(),
            Names::Wide => (0..4)
                .map(|_| match random.u8(..3) {
                    0 => random.lowercase(),
                    1 => random.char('\u{3b1}'..'\u{3c9}'),
                    _ => random.char('\u{4e00}'..'\u{9000}'),
                })
                .collect(),
            Names::Pair => format!("year={number}"),
        };
        format!("{}{name}", self.constant)
    }

    fn weights(&self, random: &mut Rng, parts: usize) -> Vec<f64> {
        let mut weights: Vec<f64> = (0..parts)
            .map(|_| match self.sizes {
                Sizes::Even | Sizes::OneBig => 1.0,
                Sizes::Spread => -random.f64().max(1e-9).ln(),
                Sizes::HeavyTail => random.f64().max(1e-9).powf(-1.25),
            })
            .collect();
        if let Sizes::OneBig = self.sizes {
            weights[random.usize(..parts)] = parts as f64 * 9.0;
        }
        weights
    }
}

fn grow(
    random: &mut Rng,
    levels: &[Level],
    beginning: &str,
    count: usize,
    page: usize,
    keys: &mut Vec<String>,
) {
    let [level, below @ ..] = levels else { return };
    if below.is_empty() || count < 2 {
        let keys_here =
            (0..count).map(|number| format!("{beginning}{}", level.name(random, number)));
        return keys.extend(keys_here);
    }
    // Now and then a directory is exactly one page.
    let parts = match level.sizes {
        Sizes::Even if level.parts % 4 == 0 => count.div_ceil(page),
        _ => level.parts.clamp(1, count),
    };
    let weights = level.weights(random, parts);
    let all: f64 = weights.iter().sum();
    let (mut sum, mut done) = (0.0, 0);
    for (number, weight) in weights.into_iter().enumerate() {
        sum += weight;
        let so_far = (sum / all * count as f64).round() as usize;
        let name = level.name(random, number);
        let beginning = format!("{beginning}{name}{}", level.separator);
        grow(random, below, &beginning, so_far - done, page, keys);
        done = so_far;
    }
}

/// The keys of a bucket, sorted: about `pages` full pages of them.
pub(super) fn shape(seed: u64, pages: usize, page: usize) -> Vec<String> {
    let mut random = Rng::with_seed(seed);
    let depth = pick(&mut random, &[1, 1, 2, 2, 3, 3, 4, 5, 6]);
    let levels: Vec<Level> = (0..depth).map(|_| Level::random(&mut random)).collect();
    let mut keys = Vec::new();
    grow(&mut random, &levels, "", pages * page, page, &mut keys);
    keys.sort();
    keys.dedup();
    keys
}
