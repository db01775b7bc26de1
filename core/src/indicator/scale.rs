//! Scales of loneliness and well-being, scored as their authors say.
//!
//! Items come in the order of the published questionnaire, `None` where not answered.
//! Sources and their certainty stand in docs/INDICATORS.md.

/// The direct question of the Japanese government's survey: codes 1 (never) to 5 (often or always).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Direct {
    /// Lonely at all: codes 3, 4 and 5, the government's headline.
    pub any: bool,
    /// Often or always: code 5.
    pub strong: bool,
}

/// Scores the direct question.
pub fn direct5(code: Option<u8>) -> Option<Direct> {
    let code = code.filter(|code| (1..=5).contains(code))?;
    Some(Direct { any: code >= 3, strong: code == 5 })
}

/// The sum of `N` items, each within `low` and `high`; `None` when one is missing.
fn sum<const N: usize>(items: &[Option<u8>; N], low: u8, high: u8) -> Option<u8> {
    items.iter().try_fold(0, |sum, item| Some(sum + item.filter(|code| (low..=high).contains(code))?))
}

/// Band of the three UCLA items in the Japanese government's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ucla3Band {
    /// 3: never.
    Never,
    /// 4 to 6: hardly ever.
    HardlyEver,
    /// 7 to 9: sometimes.
    Sometimes,
    /// 10 to 12: always.
    Always,
}

impl Ucla3Band {
    /// The scores of the band, as in the tables.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Never => "3",
            Self::HardlyEver => "4-6",
            Self::Sometimes => "7-9",
            Self::Always => "10-12",
        }
    }
}

/// Scores the three UCLA items as in Japan: four options, sum 3 to 12.
pub fn ucla3_japan(items: [Option<u8>; 3]) -> Option<(u8, Ucla3Band)> {
    let score = sum(&items, 1, 4)?;
    let band = match score {
        0..=3 => Ucla3Band::Never,
        4..=6 => Ucla3Band::HardlyEver,
        7..=9 => Ucla3Band::Sometimes,
        _ => Ucla3Band::Always,
    };
    Some((score, band))
}

/// Scores the three UCLA items as in the United States: three options, sum 3 to 9; six and
/// more is often called lonely, though there is no official limit.
pub fn ucla3_us(items: [Option<u8>; 3]) -> Option<(u8, bool)> {
    let score = sum(&items, 1, 3)?;
    Some((score, score >= 6))
}

/// Items of the UCLA scale, version 3, that are counted the other way round, from 1.
const UCLA20_REVERSED: [usize; 9] = [1, 5, 6, 9, 10, 15, 16, 19, 20];

/// Scores the twenty items of the UCLA scale, version 3: sum 20 to 80, without a limit.
pub fn ucla20(items: [Option<u8>; 20]) -> Option<u8> {
    let mut turned = items;
    for number in UCLA20_REVERSED {
        if let Some(Some(code)) = turned.get_mut(number - 1) {
            *code = 5_u8.saturating_sub(*code);
        }
    }
    sum(&turned, 1, 4)
}

/// Category of the De Jong Gierveld scale of six items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loneliness {
    /// 0 or 1.
    Not,
    /// 2 to 4.
    Moderate,
    /// 5 or 6.
    Severe,
}

impl Loneliness {
    /// The word of the manual.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Not => "not",
            Self::Moderate => "moderate",
            Self::Severe => "severe",
        }
    }
}

/// Scores of the De Jong Gierveld scale of six items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeJongGierveld {
    /// 0 to 6; `None` when more than one item is missing.
    pub total: Option<u8>,
    /// Emotional loneliness, 0 to 3; `None` when one of its items is missing.
    pub emotional: Option<u8>,
    /// Social loneliness, 0 to 3; `None` when one of its items is missing.
    pub social: Option<u8>,
    /// Category of the total.
    pub category: Option<Loneliness>,
}

/// Scores the De Jong Gierveld scale: codes 1 no, 2 more or less, 3 yes, in the order
/// emptiness, rely on, trust, miss, close to, rejected.
pub fn djg6(items: [Option<u8>; 6]) -> DeJongGierveld {
    let lonely = |index: usize| {
        let code = items.get(index).copied().flatten().filter(|code| (1..=3).contains(code))?;
        let emotional = matches!(index, 0 | 3 | 5);
        Some(u8::from(if emotional { code >= 2 } else { code <= 2 }))
    };
    let part = |indexes: [usize; 3]| indexes.into_iter().try_fold(0, |sum, index| Some(sum + lonely(index)?));
    let missing = (0..6).filter(|index| lonely(*index).is_none()).count();
    // The authors count one missing item as not lonely.
    let total = (missing <= 1).then(|| (0..6).filter_map(lonely).sum::<u8>());
    let category = total.map(|total| match total {
        0..=1 => Loneliness::Not,
        2..=4 => Loneliness::Moderate,
        _ => Loneliness::Severe,
    });
    DeJongGierveld { total, emotional: part([0, 3, 5]), social: part([1, 2, 4]), category }
}

/// Scores of the Lubben social network scale of six items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lubben {
    /// 0 to 30.
    pub score: u8,
    /// First three items.
    pub family: u8,
    /// Last three items.
    pub friends: u8,
    /// Below 12: at risk of isolation.
    pub at_risk: bool,
}

/// Scores the Lubben scale: codes 0 to 5, family first.
pub fn lsns6(items: [Option<u8>; 6]) -> Option<Lubben> {
    let [a, b, c, d, e, f] = items;
    let (family, friends) = (sum(&[a, b, c], 0, 5)?, sum(&[d, e, f], 0, 5)?);
    let score = family + friends;
    Some(Lubben { score, family, friends, at_risk: score < 12 })
}

/// Scores of the WHO-5 well-being index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who5 {
    /// 0 to 25.
    pub raw: u8,
    /// Four times the raw score.
    pub percent: u8,
    /// Raw below 13, or an item of 0 or 1: the Japanese screening rule.
    pub low: bool,
}

/// Scores the WHO-5 index: codes 0 to 5.
pub fn who5(items: [Option<u8>; 5]) -> Option<Who5> {
    let raw = sum(&items, 0, 5)?;
    let low = raw < 13 || items.iter().flatten().any(|code| *code <= 1);
    Some(Who5 { raw, percent: raw * 4, low })
}
