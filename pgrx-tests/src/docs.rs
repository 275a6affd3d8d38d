//! The SQL of a Markdown document, so that what a document says is what a database does.
//!
//! A fenced block whose info string begins with `sql` is executed; `sql skip` is for one that
//! cannot be (a placeholder, a statement that must fail).

use std::fs;
use std::path::Path;

use crate::{Db, psql};

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of its first line of text, counted from one.
    pub line: usize,
    /// The words after the fence.
    pub info: String,
    /// Its text, without the indentation of the fence.
    pub text: String,
}

/// The fenced blocks of a document that are `sql`, skipped ones included.
pub fn sql_blocks(markdown: &str) -> Vec<Block> {
    let is_sql = |block: &Block| {
        words(block)
            .next()
            .is_some_and(|word| word.eq_ignore_ascii_case("sql"))
    };
    blocks(markdown).into_iter().filter(is_sql).collect()
}

/// The SQL of a document as a script with the document's own line numbers, which psql then
/// reports in its errors. All else is an empty line.
pub fn script(markdown: &str) -> String {
    let mut lines = vec![""; markdown.lines().count()];
    let blocks = sql_blocks(markdown);
    for block in blocks
        .iter()
        .filter(|block| words(block).all(|word| word != "skip"))
    {
        for (offset, line) in block.text.lines().enumerate() {
            lines[block.line - 1 + offset] = line;
        }
    }
    lines.join("\n") + "\n"
}

/// Executes a document in one psql session, from the first block to the last; returns what psql
/// printed. Panics with the document's name, the line and the error.
#[track_caller]
pub fn run(db: &Db, document: &Path) -> String {
    let markdown = fs::read_to_string(document)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", document.display()));
    let output = psql(db, &["-q", "-f", "-"], script(&markdown));
    let name = document.display().to_string();
    assert!(
        output.status.success(),
        "{}",
        output.stderr.replace("<stdin>", &name)
    );
    output.ok()
}

fn words(block: &Block) -> impl Iterator<Item = &str> {
    block
        .info
        .split([' ', ',', '\t'])
        .filter(|word| !word.is_empty())
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some((indent, fence, info)) = opening(line) else {
            continue;
        };
        let mut text = String::new();
        for (_, line) in lines.by_ref() {
            if closes(line, fence) {
                break;
            }
            let spaces = line.len() - line.trim_start_matches(' ').len();
            text += &line[spaces.min(indent)..];
            text.push('\n');
        }
        blocks.push(Block {
            line: number + 2,
            info: info.to_owned(),
            text,
        });
    }
    blocks
}

/// The indentation, the fence and the info string of a line that opens a block.
fn opening(line: &str) -> Option<(usize, &str, &str)> {
    let rest = line.trim_start_matches(' ');
    let character = rest.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let info = rest.trim_start_matches(character);
    let fence = &rest[..rest.len() - info.len()];
    let inline = character == '`' && info.contains('`');
    (fence.len() >= 3 && !inline).then_some((line.len() - rest.len(), fence, info.trim()))
}

fn closes(line: &str, fence: &str) -> bool {
    let line = line.trim();
    line.len() >= fence.len()
        && line.starts_with(fence)
        && line.chars().all(|c| fence.starts_with(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Title\n\n```sql\nSELECT 1;\n```\n\n- item:\n\n  ````SQL\n  SELECT\n    '```';\n  ````\n\n\
        ```sql skip\nSELECT $1;\n```\n\n```sh\nls\n```\n`````` inline `` ` ``\n~~~sql\nSELECT 2;\n";

    #[test]
    fn blocks_are_found_with_their_lines() {
        let found: Vec<_> = sql_blocks(DOCUMENT)
            .into_iter()
            .map(|block| (block.line, block.text))
            .collect();
        let expected = [
            (4, "SELECT 1;\n"),
            (10, "SELECT\n  '```';\n"),
            (15, "SELECT $1;\n"),
            (23, "SELECT 2;\n"),
        ];
        assert_eq!(found, expected.map(|(line, text)| (line, text.to_owned())));
    }

    #[test]
    fn a_script_keeps_line_numbers_and_skips_what_is_marked() {
        let script = script(DOCUMENT);
        let lines: Vec<_> = script
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_empty())
            .collect();
        assert_eq!(
            lines,
            [
                (3, "SELECT 1;"),
                (9, "SELECT"),
                (10, "  '```';"),
                (22, "SELECT 2;")
            ]
        );
    }
}
