//! The claims of a request that a gateway has verified, as PostgREST hands them to the database.

use serde_json::Value;

use crate::uuid;

/// The UUID that the claim holds.
///
/// A name that begins with a slash is a JSON Pointer (RFC 6901), such as `/app_metadata/org_id`; any
/// other is the name of a member at the top, dots and slashes included, such as
/// `https://example.com/org_id`. `None` where the claims are no JSON object, or the claim is absent or
/// no UUID in a string.
#[must_use]
pub fn uuid_claim(claims: &str, name: &str) -> Option<[u8; 16]> {
    let claims: Value = serde_json::from_str(claims).ok()?;
    let claims = claims.is_object().then_some(claims)?;
    let claim = if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    };
    uuid::parse(claim?.as_str()?.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

    #[test]
    fn a_claim_is_found_by_name_and_by_pointer() {
        let expected = uuid::parse(ID.as_bytes());
        for (claims, name) in [
            (format!(r#"{{"org_id": "{ID}"}}"#), "org_id"),
            (format!(r#"{{"org_id": "{ID}"}}"#), "/org_id"),
            (
                format!(r#"{{"https://a.example/o": "{ID}"}}"#),
                "https://a.example/o",
            ),
            (
                format!(r#"{{"app_metadata": {{"org_id": "{ID}"}}}}"#),
                "/app_metadata/org_id",
            ),
            (format!(r#"{{"orgs": ["x", "{ID}"]}}"#), "/orgs/1"),
        ] {
            assert_eq!(uuid_claim(&claims, name), expected, "{claims} {name}");
        }
    }

    #[test]
    fn anything_else_is_none() {
        let deep = "[".repeat(100_000);
        for (claims, name) in [
            ("", "org_id"),
            ("{}", "org_id"),
            ("{}", ""),
            ("null", "org_id"),
            (r#"{"org_id": null}"#, "org_id"),
            (r#"{"org_id": 1}"#, "org_id"),
            (r#"{"org_id": "x"}"#, "org_id"),
            (r#"{"org_id": ""}"#, "org_id"),
            (
                r#"{"org_id": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]}"#,
                "org_id",
            ),
            (r#"["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]"#, "/0"),
            (r#""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#, "/"),
            (
                r#"{"org_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#,
                "org_id",
            ),
            (&deep, "org_id"),
        ] {
            assert_eq!(uuid_claim(claims, name), None, "{name}");
        }
    }
}
