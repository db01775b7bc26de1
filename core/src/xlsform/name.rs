//! Names that may stand in an XForm.

/// True for what may begin a name.
fn is_start(letter: char) -> bool {
    letter == '_'
        || letter.is_ascii_alphabetic()
        || matches!(letter, '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}'
            | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}'
            | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
}

/// True for what may follow.
fn is_inner(letter: char) -> bool {
    is_start(letter)
        || letter.is_ascii_digit()
        || matches!(letter, '-' | '.' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

/// True for a name without a prefix (an NCName of XML).
pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(is_start) && letters.all(is_inner)
}

/// True for a name that may carry one prefix (`orx:meta`).
pub(super) fn is_prefixed_name(text: &str) -> bool {
    text.split_once(':').map_or_else(|| is_name(text), |(prefix, local)| is_name(prefix) && is_name(local))
}

/// The nearest valid name to `text`: `q-7 (a)` gives `q-7_a`.
pub(super) fn valid_name(text: &str) -> String {
    let mut name = String::new();
    for letter in text.trim().chars() {
        match letter {
            letter if is_inner(letter) => name.push(letter),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_end_matches('_');
    if name.chars().next().is_some_and(is_start) { name.to_owned() } else { format!("q{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_made_good() {
        assert!(is_name("q_7-a.b"));
        assert!(is_name("会社名"));
        assert!(!is_name("7q"));
        assert!(!is_prefixed_name("a:b:c"));
        assert_eq!(valid_name("7 (a)"), "q7_a");
        assert_eq!(valid_name("last name"), "last_name");
    }
}
