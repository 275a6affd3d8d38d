//! Roles of members in an organization, and which may do as much as which.

/// What a member may do, least first: each role may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Does the daily work.
    Member,
    /// Decides about other members' work.
    Manager,
    /// Decides who belongs to the organization.
    Admin,
    /// Decides about the organization itself.
    Owner,
}

impl Role {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Member,
        Self::Manager,
        Self::Admin,
        Self::Owner,
    ];

    /// The role of this name, written as it is stored. `None` where there is none.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// As it is stored and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn every_role_is_found_by_its_name_and_no_other() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.name()), Some(role));
        }
        for name in ["", "Owner", " owner", "owner ", "editor", "owners"] {
            assert_eq!(Role::parse(name), None, "{name:?}");
        }
    }

    #[test]
    fn each_role_is_above_those_before_it() {
        let names = Role::ALL.map(Role::name);
        assert_eq!(names, ["viewer", "member", "manager", "admin", "owner"]);
        assert!(Role::ALL.is_sorted_by(|a, b| a < b));
    }
}
