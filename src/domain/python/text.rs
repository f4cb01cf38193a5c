//! The text of a Python program, as far as its signatures need it: what is a string, what is a comment, how deep it stands.

/// One letter, one whole string, or one whole comment.
pub struct Token<'a> {
    /// In bytes.
    pub at: usize,
    pub text: &'a str,
    /// Brackets that are open around it; below 0 where more were closed than opened.
    pub depth: i32,
}

pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut found, mut depth, mut at) = (Vec::new(), 0, 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let token = match first {
            '#' => &rest[..rest.find('\n').unwrap_or(rest.len())],
            '\'' | '"' => string(rest),
            letter => &rest[..letter.len_utf8()],
        };
        depth -= i32::from(matches!(first, ')' | ']' | '}'));
        found.push(Token { at, text: token, depth });
        depth += i32::from(matches!(first, '(' | '[' | '{'));
        at += token.len();
    }
    found
}

/// The string that the text begins with, in one or three quotes; what is never closed goes to the end.
fn string(text: &str) -> &str {
    let triple = text[..1].repeat(3);
    let mark = if text.starts_with(&triple) { triple.as_str() } else { &text[..1] };
    let mut at = mark.len();
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(mark) {
            return &text[..at + mark.len()];
        }
        let letters = if rest.starts_with('\\') { 2 } else { 1 };
        at += rest.chars().take(letters).map(char::len_utf8).sum::<usize>();
    }
    text
}

pub fn without_comments(text: &str) -> String {
    tokens(text).into_iter().map(|token| token.text).filter(|token| !token.starts_with('#')).collect()
}

/// What stands between these marks, but not between those in brackets or strings.
pub fn parts<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    let (mut parts, mut begin) = (Vec::new(), 0);
    for token in tokens(text).into_iter().filter(|token| token.depth == 0 && token.text == mark) {
        parts.push(&text[begin..token.at]);
        begin = token.at + mark.len();
    }
    parts.push(&text[begin..]);
    parts
}

/// What stands before the first such mark and what follows it.
pub fn split<'a>(text: &'a str, mark: &str) -> (&'a str, Option<&'a str>) {
    let found = tokens(text).into_iter().find(|token| token.depth == 0 && token.text == mark);
    found.map_or((text, None), |token| (&text[..token.at], Some(&text[token.at + mark.len()..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_in_brackets_and_strings_do_not_count() {
        assert_eq!(parts("a, (b, c), 'd, e', \"\\\", f\", '''g', h''', i", ",").len(), 6);
        assert_eq!(split("a: dict[str: int] = {1: 2}", ":"), ("a", Some(" dict[str: int] = {1: 2}")));
        assert_eq!(split("'a:b'", ":"), ("'a:b'", None));
        assert_eq!(without_comments("a, # b, '\n'# c'"), "a, \n'# c'");
        assert_eq!(parts("'never closed, ä", ","), ["'never closed, ä"]);
    }
}
