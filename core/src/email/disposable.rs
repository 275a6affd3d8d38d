//! Domains of throw-away addresses.
//!
//! The list is compiled in as an automaton over the domains read backwards (see
//! `build/disposable.rs`), so that one walk from a domain's end answers for it and for all domains
//! above it, and mostly ends after a few letters. Other than a table of strings, which is full of
//! addresses for the loader to fill in, the automaton is bytes that all processes share.

use std::borrow::Cow;

use fst::raw::Fst;

use super::idna;

static AUTOMATON: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/disposable_domains.fst"));

/// Release and date of the list, e.g. `1.26.0 (2026-09-21)`.
pub const fn disposable_version() -> &'static str {
    env!("PG_CRM_DISPOSABLE_DOMAINS")
}

/// Whether what follows the last `@` of the address is a domain of the list or one below it. Of the
/// rest of the address nothing is asked; white space around it is passed over.
pub fn is_disposable(address: &str) -> bool {
    let Some((_, domain)) = address.trim_end().rsplit_once('@') else {
        return false;
    };
    let domain = if domain.is_ascii() {
        Cow::Borrowed(domain)
    } else {
        match idna::to_ascii(domain) {
            Some(ascii) => ascii,
            None => return false,
        }
    };
    is_listed(domain.as_bytes())
}

/// Whether the automaton knows the domain or one above it.
fn is_listed(domain: &[u8]) -> bool {
    let Ok(list) = Fst::new(AUTOMATON) else {
        return false;
    };
    let mut node = list.root();
    for &byte in domain.iter().rev() {
        if byte == b'.' && node.is_final() {
            return true;
        }
        match node.find_input(byte.to_ascii_lowercase()) {
            Some(i) => node = list.node(node.transition_addr(i)),
            None => return false,
        }
    }
    node.is_final()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The automaton is what the list says, no more and no less.
    #[test]
    fn the_automaton_holds_the_list() {
        let listed: Vec<&str> = include_str!("../../data/disposable_domains.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert!(listed.len() > 5000, "{}", listed.len());
        for domain in &listed {
            assert!(is_listed(domain.as_bytes()), "{domain}");
            assert!(is_listed(format!("a.b.{domain}").as_bytes()), "{domain}");
            assert!(!is_listed(format!("{domain}x").as_bytes()), "{domain}");
        }
        let list = Fst::new(AUTOMATON).unwrap();
        assert_eq!(list.len(), listed.len());
        list.verify().unwrap();
    }

    #[test]
    fn domains_of_the_list_and_below() {
        for (address, disposable) in [
            ("ann@mailinator.com", true),
            ("ANN@Mailinator.COM \n", true),
            ("ann@x.y.mailinator.com", true),
            ("\"a@b\"@mailinator.com", true),
            ("@mailinator.com", true),
            ("ann@ｍailinator。com", true),
            ("ann@mailinator.com.", false),
            ("ann@zzmailinator.com", false),
            ("ann@mailinator.com.example", false),
            ("ann@mailinator", false),
            ("ann@com", false),
            ("mailinator.com", false),
            ("ann@mailinator.com@gmail.com", false),
            ("ann@gmail.com", false),
            ("ann@bücher.example", false),
            ("ann@\u{ad}\u{0}", false),
            ("ann@", false),
            ("@", false),
            ("", false),
        ] {
            assert_eq!(is_disposable(address), disposable, "{address:?}");
        }
    }

    #[test]
    fn the_version_is_the_headers() {
        let (version, date) = disposable_version().split_once(" (").unwrap();
        assert!(version.split('.').all(|part| part.parse::<u32>().is_ok()));
        assert_eq!(date.len(), "2026-09-21)".len());
    }
}
