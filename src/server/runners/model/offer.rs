//! Which models a provider offers.

use http::Method;
use serde_json::Value;

use super::{accepted, address};
use crate::server::{
    egress::{MAX_ANSWER, Request},
    runners::{Call, RunError, answer, authorize::authorize, http_request::headers},
    secrets::Mask,
};

const MOST: usize = 2_000;
/// Characters of a model's name.
const LONGEST: usize = 200;

/// Their names in order. Nothing that comes back shows a value of the credential.
pub async fn offered(call: Call) -> Result<Vec<String>, RunError> {
    let mask = call.credential.as_ref().map(Mask::of).unwrap_or_default();
    let names = ask(&call).await.map_err(|error| mask.error(error))?;
    Ok(names.iter().map(|name| mask.text(name)).collect())
}

async fn ask(call: &Call) -> Result<Vec<String>, RunError> {
    let mut url = address(call, "models")?;
    let mut headers = headers::own(call);
    authorize(call, &mut url, &mut headers)?;
    let request = Request { method: Method::GET, url, headers, body: None };
    // OpenRouter tells more of its models than a task may hand on.
    let egress = call.egress.clone().taking(MAX_ANSWER);
    let answer = accepted(call, egress.send(request).await)?;
    let said = answer::body(&answer);
    let Some(models) = said["data"].as_array().or_else(|| said.as_array()) else {
        return Err(RunError::field("server", format!("{} answered with something other than models.", answer.host)));
    };
    Ok(names(models))
}

fn names(models: &[Value]) -> Vec<String> {
    let fits = |name: &&str| !name.is_empty() && name.chars().count() <= LONGEST;
    let names = models.iter().filter_map(|model| model["id"].as_str()).filter(fits);
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn models_are_told_once_by_their_names_and_nothing_else_is() {
        let models = [json!({"id": "b"}), json!({"id": "a"}), json!({"id": "b"}), json!({"name": "c"}), json!(1)];
        assert_eq!(names(&models), ["a", "b"]);
        assert!(names(&[json!({ "id": "x".repeat(LONGEST + 1) })]).is_empty());
        let many: Vec<_> = (0..MOST + 1).map(|number| json!({ "id": number.to_string() })).collect();
        assert_eq!(names(&many).len(), MOST);
    }
}
