//! Address literals: a host named by its address, in brackets (RFC 5321, section 4.1.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::chars::{self, DCONTENT, LABEL};

/// What stands in the brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Literal {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
    /// A tag that is not ours to know, and what it says. The standard wants tags to be registered,
    /// and so far only `IPv6` is; which others are is not for a syntax to freeze.
    General,
}

/// Reads a literal, brackets included.
///
/// An IPv4 address has no leading zeros: the grammar would take them, and programs disagree on
/// whether they mean octal. An IPv6 address is one in any spelling that RFC 4291 has, without a
/// zone.
pub(super) fn read(literal: &[u8]) -> Option<Literal> {
    let [b'[', inner @ .., b']'] = literal else {
        return None;
    };
    let inner = str::from_utf8(inner).ok()?;
    let Some((tag, content)) = inner.split_once(':') else {
        return inner.parse().ok().map(Literal::V4);
    };
    if tag.eq_ignore_ascii_case("IPv6") {
        return content.parse().ok().map(Literal::V6);
    }
    let (tag, content) = (tag.as_bytes(), content.as_bytes());
    let is_tag =
        tag.last().is_some_and(u8::is_ascii_alphanumeric) && chars::run(tag, LABEL) == tag.len();
    let is_content = !content.is_empty() && chars::run(content, DCONTENT) == content.len();
    (is_tag && is_content).then_some(Literal::General)
}

/// The usual spelling of a literal, brackets included: an IPv6 address as RFC 5952 writes it. A
/// general one stays as it is, since only who registers its tag can tell what may be changed.
pub(super) fn usual(literal: &str) -> String {
    match read(literal.as_bytes()) {
        Some(Literal::V4(address)) => format!("[{address}]"),
        Some(Literal::V6(address)) => format!("[IPv6:{address}]"),
        _ => literal.to_owned(),
    }
}
