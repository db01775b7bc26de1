//! The nearest known name to a misspelt one.

/// How many letters must be put in, taken out or replaced to make `a` from `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(&b) {
            let above = *cell;
            let replaced = before + usize::from(x != *y);
            left = replaced.min(above + 1).min(left + 1);
            before = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The candidate that is nearest to `word`, when it is near enough to be meant:
/// at most two letters off and at most a third of the word.
pub(super) fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let allowed = (word.chars().count() / 3).clamp(1, 2);
    candidates
        .filter(|candidate| !candidate.is_empty())
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(off, _)| *off <= allowed)
        .min_by_key(|(off, _)| *off)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_neighbour_and_a_foreign_one_none() {
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(closest("q12a", ["q1", "q12", "town"].into_iter()), Some("q12"));
        assert_eq!(closest("sruvey", ["choices", "survey"].into_iter()), Some("survey"));
        assert_eq!(closest("人数", ["人員", "費用合計"].into_iter()), Some("人員"));
        assert_eq!(closest("rent", ["employees"].into_iter()), None);
    }
}
