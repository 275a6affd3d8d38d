//! Texts at random of all kinds, for as long as one likes: PG_CRM_FUZZ_SECONDS=600.

use std::env;
use std::time::{Duration, Instant};

use pg_crm_core::phone::{MAX_INPUT, is_possible, is_valid, normalize};

use super::examples::{PIECES, Random};
use super::properties::check;

/// A text of up to `most` characters, of which the kind is drawn for each text anew.
fn text(random: &mut Random, most: usize) -> String {
    let kind = random.below(7);
    let count = random.below(most + 1);
    (0..count)
        .map(|_| match kind {
            0 => char::from(random.below(0x80) as u8),
            1 => char::from(random.below(0x20) as u8),
            2 => *random.choice(&['+', '＋', '0', '1', ' ', '-', 'x']),
            3 => *random.choice(&[
                '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '1',
            ]),
            4 => *random.choice(&['٠', '９', '７', '९', '0', '5', '１', ',', ';', '#', 'ｘ']),
            5 => random.choice(PIECES).chars().next().unwrap_or('0'),
            _ => char::from_u32(random.below(0x11_0000) as u32).unwrap_or('0'),
        })
        .collect()
}

fn region(random: &mut Random) -> Option<String> {
    match random.below(4) {
        0 => None,
        1 => Some(text(random, 3)),
        _ => random.number().1,
    }
}

#[test]
fn nothing_panics() {
    let seconds = env::var("PG_CRM_FUZZ_SECONDS")
        .ok()
        .and_then(|seconds| seconds.parse().ok());
    let (mut random, least) = match seconds {
        Some(seconds) => {
            let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
            (Random(now.as_nanos() as u64), Duration::from_secs(seconds))
        }
        None => (Random(2), Duration::ZERO),
    };
    let begin = Instant::now();
    let mut texts = 0_u64;
    while texts < 20_000 || begin.elapsed() < least {
        let seed = random.0;
        let number = match random.below(3) {
            0 => text(&mut random, MAX_INPUT + 5),
            1 => text(&mut random, 20),
            _ => random.number().0 + &text(&mut random, 4),
        };
        let region = region(&mut random);
        check(&number, region.as_deref())
            .unwrap_or_else(|fault| panic!("seed {seed}, {number:?} in {region:?}: {fault}"));
        texts += 1;
    }
    println!("{texts} texts in {:?}", begin.elapsed());
}

#[test]
fn texts_of_megabytes_are_no_numbers() {
    for piece in PIECES.iter().chain(&["1", "+1 650 253 0000 "]) {
        let text = piece.repeat((1 << 20) / piece.len());
        for region in [None, Some("US"), Some(text.as_str())] {
            assert!(!is_possible(&text, region), "{piece:?}");
            assert!(!is_valid(&text, region), "{piece:?}");
            assert_eq!(normalize(&text, region), None, "{piece:?}");
        }
    }
}
