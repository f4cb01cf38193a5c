//! What code may do.

use serde_json::{Value, json};

use super::{object, or_null, reference, text};
use crate::domain::task::Kind;

pub fn all() -> Value {
    let kinds: Vec<_> = Kind::ALL.into_iter().filter(|kind| kind.is_code()).map(Kind::name).collect();
    json!({
        "CodePolicy": object(
            "What code may do in the workspace; at first nothing.",
            json!({
                "kinds": { "type": "array", "items": { "type": "string", "enum": kinds }, "description": "Kinds of code that may run." },
                "network": { "type": "boolean", "description": "Whether code may reach the network, where a node asks for it." },
            }),
            &[],
        ),
        "CodeStanding": object(
            "What code may do, and where it runs.",
            json!({
                "policy": reference("CodePolicy"),
                "isolation": or_null(text("How firmly code is shut in: strict or restricted; null: the server runs none.")),
                "reason": or_null(text("Why it runs none.")),
            }),
            &[],
        ),
    })
}
