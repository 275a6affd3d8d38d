//! What a setting of the tenant's context holds: whose rows, and how surely that is known.
//!
//! A value that `tenancy.set_context()` or `tenancy.authenticate()` put there carries a seal behind
//! its UUID. The seal is a part of the text, and nothing beside it, because the text is all that the
//! server hands to a parallel worker.

use crate::uuid;

/// How a value came into the setting, from the least to the most trustworthy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// By SET and the like: the word of whoever may execute SQL.
    Setting,
    /// By `tenancy.set_context()`, which asks the tables.
    Function,
    /// By `tenancy.authenticate()`, which asks for a signature.
    Token,
}

impl Trust {
    /// What stands behind the UUID.
    const fn seal(self) -> &'static str {
        match self {
            Self::Setting => "",
            Self::Function => ":function",
            Self::Token => ":token",
        }
    }
}

/// A value of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// The organization or the user.
    pub id: [u8; 16],
    /// How it came there.
    pub trust: Trust,
}

impl Value {
    /// Reads a setting's text that is not empty; `None` where it is malformed.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (id, trust) = match text.iter().position(|byte| *byte == b':') {
            None => (text, Trust::Setting),
            Some(colon) => {
                let (id, seal) = text.split_at(colon);
                let trust = [Trust::Function, Trust::Token]
                    .into_iter()
                    .find(|trust| trust.seal().as_bytes() == seal)?;
                (id, trust)
            }
        };
        uuid::parse(id).map(|id| Self { id, trust })
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&uuid::format(&self.id))?;
        f.write_str(self.trust.seal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";

    #[test]
    fn a_value_is_read_as_it_was_written() {
        let id = uuid::parse(ID.as_bytes()).unwrap();
        for trust in [Trust::Setting, Trust::Function, Trust::Token] {
            let value = Value { id, trust };
            assert_eq!(Value::parse(value.to_string().as_bytes()), Some(value));
        }
        assert!(Trust::Setting < Trust::Function && Trust::Function < Trust::Token);
    }

    #[test]
    fn anything_else_is_malformed() {
        for text in [
            String::new(),
            ":token".to_owned(),
            format!("{ID}:"),
            format!("{ID}:t"),
            format!("{ID}:Token"),
            format!("{ID}:token "),
            format!("{ID}:token:token"),
            format!("{ID}:setting"),
            format!(":{ID}"),
            format!("{ID} :token"),
        ] {
            assert_eq!(Value::parse(text.as_bytes()), None, "{text}");
        }
    }
}
