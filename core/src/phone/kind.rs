//! What a number is for.

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It lies in no assigned range.
    Unknown,
    /// Of a house or an office.
    FixedLine,
    /// Of a mobile telephone.
    Mobile,
    /// The ranges of the plan do not tell which, as in the United States.
    FixedLineOrMobile,
    /// The called pays.
    TollFree,
    /// The caller pays for more than the call.
    PremiumRate,
    /// Caller and called share the costs.
    SharedCost,
    /// Over the Internet.
    Voip,
    /// Belongs to a person, whichever line that uses.
    PersonalNumber,
    /// Shows a message.
    Pager,
    /// A company's number, from which calls are passed on to its places.
    Uan,
    /// For listening to messages.
    Voicemail,
}

impl Kind {
    /// The kind that the tables know by a number; see `core/build/kinds.rs`.
    pub(super) fn numbered(number: u16) -> Self {
        const KINDS: [Kind; 12] = [
            Kind::Unknown,
            Kind::FixedLine,
            Kind::Mobile,
            Kind::FixedLineOrMobile,
            Kind::TollFree,
            Kind::PremiumRate,
            Kind::SharedCost,
            Kind::Voip,
            Kind::PersonalNumber,
            Kind::Pager,
            Kind::Uan,
            Kind::Voicemail,
        ];
        KINDS
            .get(usize::from(number))
            .copied()
            .unwrap_or(Kind::Unknown)
    }

    /// The name in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Unknown => "unknown",
            Kind::FixedLine => "fixed_line",
            Kind::Mobile => "mobile",
            Kind::FixedLineOrMobile => "fixed_line_or_mobile",
            Kind::TollFree => "toll_free",
            Kind::PremiumRate => "premium_rate",
            Kind::SharedCost => "shared_cost",
            Kind::Voip => "voip",
            Kind::PersonalNumber => "personal_number",
            Kind::Pager => "pager",
            Kind::Uan => "uan",
            Kind::Voicemail => "voicemail",
        }
    }
}
