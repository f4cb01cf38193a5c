//! A provider of language models as a workspace sees it: what it offers, how it fares, what is left to spend.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    /// Their names, in order.
    pub models: Vec<String>,
    /// None: it does not tell.
    pub credits: Option<Credits>,
    /// When it was asked for both, and how long it took.
    pub asked_at: DateTime<Utc>,
    pub took_ms: u64,
    pub usage: ModelUsage,
}

/// In the provider's own currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Credits {
    pub used: f64,
    /// None: without limit, or not told.
    pub left: Option<f64>,
}

/// What the tasks of a workspace asked of a provider, on one replica since that started.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelUsage {
    pub answers: u64,
    pub failures: u64,
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    /// None: it tells no prices.
    pub cost: Option<f64>,
    /// How long the last answer took.
    pub last_ms: u64,
    pub last_failure: Option<String>,
}

impl Provider {
    /// For people, a sentence each.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![format!("It answered within {} ms.", self.took_ms)];
        sentences.extend(self.credits.map(|credits| match credits.left {
            Some(left) => format!("{left:.2} credits are left, {:.2} are used.", credits.used),
            None => format!("{:.2} credits are used.", credits.used),
        }));
        sentences.extend(self.usage.sentence());
        sentences.extend((self.usage.answers > 0).then(|| format!("The last answer took {} ms.", self.usage.last_ms)));
        sentences.extend(self.usage.last_failure.iter().map(|words| format!("The last failure: {words}")));
        sentences
    }
}

impl ModelUsage {
    /// None: nothing was asked yet.
    fn sentence(&self) -> Option<String> {
        let counted = |count: u64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let tokens = self.prompt_tokens + self.completion_tokens;
        let cost = self.cost.map(|cost| format!(" for {cost:.4}")).unwrap_or_default();
        (self.answers + self.failures > 0).then(|| {
            let (answers, failures) = (counted(self.answers, "answer"), counted(self.failures, "failure"));
            format!("Since this server started: {answers}, {failures}, {}{cost}.", counted(tokens, "token"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_told_in_sentences() {
        let mut provider = Provider {
            models: Vec::new(),
            credits: None,
            asked_at: DateTime::UNIX_EPOCH,
            took_ms: 120,
            usage: ModelUsage::default(),
        };
        assert_eq!(provider.sentences(), ["It answered within 120 ms."]);
        provider.credits = Some(Credits { used: 25.5, left: Some(74.5) });
        provider.usage = ModelUsage {
            answers: 1,
            failures: 2,
            prompt_tokens: 20,
            completion_tokens: 5,
            cost: Some(0.5),
            last_ms: 7,
            last_failure: Some("It is busy.".to_owned()),
        };
        assert_eq!(
            provider.sentences()[1..],
            [
                "74.50 credits are left, 25.50 are used.",
                "Since this server started: 1 answer, 2 failures, 25 tokens for 0.5000.",
                "The last answer took 7 ms.",
                "The last failure: It is busy.",
            ]
        );
    }
}
