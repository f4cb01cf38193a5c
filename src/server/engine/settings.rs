//! How the engine works on a replica.

/// What is the same on most replicas.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Executions in memory, at most, of which one workspace starts four fifths: beyond, starts are answered with "try
    /// again". Those that sleep do not count.
    pub max_live: usize,
    /// Where browsers and services find this instance; resume URLs begin with it.
    pub public_url: String,
    /// Bytes of JSON that one task may hand on.
    pub max_result: usize,
    /// Worker groups whose tasks this replica performs.
    pub groups: Vec<String>,
    /// Tests and the chaos suite: replicas tell each other nothing, so that everything is found by looking.
    pub drop_notices: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: String::new(),
            max_live: 100_000,
            max_result: 1 << 20,
            groups: Vec::new(),
            drop_notices: false,
        }
    }
}
