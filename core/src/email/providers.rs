//! What providers do with the local parts of their own addresses, as they tell it themselves.
//!
//! Only what a provider documents for its own domains is here, and nothing that would take two
//! people for one: addresses `nickname-keyword@yahoo.com`, for one, begin with a name that is no
//! mailbox. Companies' own domains do not show who keeps their mail.

/// A provider that delivers `ann+tag@` to `ann@`.
struct Provider {
    domains: &'static [&'static str],
    /// The domain that stands for all of them, where they share their mailboxes.
    shared: Option<&'static str>,
    /// Whether dots in the local part mean nothing.
    ignores_dots: bool,
}

const PROVIDERS: &[Provider] = &[
    // Dots: https://support.google.com/mail/answer/7436150
    // Tags: https://support.google.com/mail/answer/12096
    // Domains: https://support.google.com/mail/answer/10313
    Provider {
        domains: &["gmail.com", "googlemail.com"],
        shared: Some("gmail.com"),
        ignores_dots: true,
    },
    // https://support.microsoft.com/office/459b1989-356d-40fa-a689-8f285b13f1f2
    Provider {
        domains: &["outlook.com", "hotmail.com", "live.com", "msn.com"],
        shared: None,
        ignores_dots: false,
    },
    // https://proton.me/support/addresses-and-aliases
    Provider {
        domains: &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
        shared: None,
        ignores_dots: false,
    },
    // https://www.fastmail.help/hc/en-us/articles/360060591053
    Provider {
        domains: &["fastmail.com", "fastmail.fm"],
        shared: None,
        ignores_dots: false,
    },
];

/// A normal address without what its provider ignores, or `None` where nothing is ignored.
pub(super) fn fold(address: &str) -> Option<String> {
    let (local, domain) = address.split_once('@')?;
    let provider = PROVIDERS
        .iter()
        .find(|provider| provider.domains.contains(&domain))?;
    let user = local.split_once('+').map_or(local, |(user, _)| user);
    let user = if provider.ignores_dots {
        user.replace('.', "")
    } else {
        user.to_owned()
    };
    // Whose mailbox a tag alone is, or what quoted signs mean, is not ours to guess.
    if user.is_empty() || user.starts_with('"') {
        return None;
    }
    Some(user + "@" + provider.shared.unwrap_or(domain))
}
