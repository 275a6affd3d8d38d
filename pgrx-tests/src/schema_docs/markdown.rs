//! Markdown that reads well as text.

/// Cells wider than this do not widen their column.
const WIDEST: usize = 44;

/// A table whose columns are aligned, but for the last.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let last = header.len() - 1;
    let widths: Vec<usize> = (0..last)
        .map(|i| {
            rows.iter()
                .map(|row| row[i].chars().count())
                .filter(|width| *width <= WIDEST)
                .chain([header[i].chars().count(), 3])
                .max()
                .unwrap_or(3)
        })
        .collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut line = String::from("|");
        for (i, cell) in cells.enumerate() {
            let padding = widths
                .get(i)
                .map_or(0, |width| width.saturating_sub(cell.chars().count()));
            line += &format!(" {cell}{} |", " ".repeat(padding));
        }
        line + "\n"
    };
    let rule: Vec<String> = (0..=last)
        .map(|i| "-".repeat(widths.get(i).copied().unwrap_or(3)))
        .collect();
    let mut text = line(&mut header.iter().copied());
    text += &line(&mut rule.iter().map(String::as_str));
    for row in rows {
        text += &line(&mut row.iter().map(String::as_str));
    }
    text
}

/// Plain text of a comment, which Markdown must not take for markup.
pub(super) fn prose(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .join(" ")
        .replace('*', "\\*")
        .replace('<', "\\<")
        .replace("](", "]\\(")
}

/// Text of a table's cell: in a table even code needs its bars escaped.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Code that may hold backticks.
pub(super) fn code(text: &str) -> String {
    if text.contains('`') {
        format!("`` {text} ``")
    } else {
        format!("`{text}`")
    }
}

/// The anchor that GitHub gives a heading which is the first of its text.
pub fn anchor(heading: &str) -> String {
    heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// `1 table`, `2 tables`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned_but_for_wide_cells_and_the_last_column() {
        let rows = [
            ["a", "x"].map(str::to_owned).to_vec(),
            ["w".repeat(50), "y".to_owned()].to_vec(),
            ["abcde", "zzzzzzzz"].map(str::to_owned).to_vec(),
        ];
        let wide = "w".repeat(50);
        assert_eq!(
            table(&["Name", "What"], &rows),
            format!(
                "| Name  | What |\n| ----- | --- |\n| a     | x |\n| {wide} | y |\n| abcde | zzzzzzzz |\n"
            )
        );
    }

    #[test]
    fn what_markdown_would_eat_is_escaped() {
        let cases = [
            ("a  <b> &\n c", "a \\<b> & c"),
            ("crm.* and maint.*", "crm.\\* and maint.\\*"),
            ("snake_case_word", "snake_case_word"),
            ("text[](x)", "text[]\\(x)"),
        ];
        for (text, expected) in cases {
            assert_eq!(prose(text), expected, "{text}");
        }
        assert_eq!(cell(&code("a|b")), "`a\\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
    }

    #[test]
    fn anchors_are_githubs() {
        let cases = [
            ("contact_tags", "contact_tags"),
            ("What all tables share", "what-all-tables-share"),
            ("Keys, and `more`", "keys-and-more"),
        ];
        for (heading, expected) in cases {
            assert_eq!(anchor(heading), expected, "{heading}");
        }
    }
}
