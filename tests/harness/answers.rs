//! What people of the stories answer.

use tsumugi_server::demo::Typed;

/// A whole entry of the form `loneliness`, question by question.
pub const LONELINESS: [(&str, &str); 8] = [
    ("work/telework_days", "2"),
    ("feelings/ucla_companionship", "2"),
    ("feelings/ucla_left_out", "3"),
    ("feelings/ucla_isolated", "1"),
    ("feelings/loneliness_direct", "3"),
    ("about_you/age_band", "30s"),
    ("about_you/gender", "na"),
    ("about_you/company_size", "30-99"),
];

/// Answers as a person types them.
pub fn typed(answers: &[(&str, &str)]) -> Typed {
    answers.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}
