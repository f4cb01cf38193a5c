//! Which models a provider offers, and what is left to spend there.

use std::time::Duration;

use http::Method;
use serde_json::Value;

use super::{accepted, address};
use crate::{
    domain::provider::Credits,
    server::{
        egress::{MAX_ANSWER, Request},
        runners::{Call, RunError, answer, authorize::authorize, http_request::headers},
        secrets::Mask,
    },
};

const MOST: usize = 2_000;
/// Characters of a model's name.
const LONGEST: usize = 200;

/// How long the second question may take: without its answer the first one is good.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a provider says of itself.
pub struct Offer {
    /// Names of models, in order.
    pub models: Vec<String>,
    /// None: it does not tell.
    pub credits: Option<Credits>,
}

/// Nothing that comes back shows a value of the credential.
pub async fn offered(call: Call) -> Result<Offer, RunError> {
    let mask = call.credential.as_ref().map(Mask::of).unwrap_or_default();
    let names = ask(&call).await.map_err(|error| mask.error(error))?;
    let credits = tokio::time::timeout(PATIENCE, credits(&call)).await.ok().flatten();
    Ok(Offer { models: names.iter().map(|name| mask.text(name)).collect(), credits })
}

/// As OpenRouter tells it: what the key used and may use yet; of a key without a limit, what the account has left.
async fn credits(call: &Call) -> Option<Credits> {
    call.credential.as_ref()?;
    let mut credits = of_key(&said(call, "key").await?)?;
    if credits.left.is_none() {
        credits.left = said(call, "credits").await.and_then(|account| of_account(&account));
    }
    Some(credits)
}

/// What it says at this place; none: it does not know the place, or does not tell.
async fn said(call: &Call, path: &str) -> Option<Value> {
    let request = get(call, path).ok()?;
    let answer = accepted(call, call.egress.send(request).await).ok()?;
    Some(answer::body(&answer))
}

fn of_key(said: &Value) -> Option<Credits> {
    let key = &said["data"];
    Some(Credits { used: key["usage"].as_f64()?, left: key["limit_remaining"].as_f64() })
}

fn of_account(said: &Value) -> Option<f64> {
    let account = &said["data"];
    Some(account["total_credits"].as_f64()? - account["total_usage"].as_f64()?)
}

fn get(call: &Call, path: &str) -> Result<Request, RunError> {
    let mut url = address(call, path)?;
    let mut headers = headers::own(call);
    authorize(call, &mut url, &mut headers)?;
    Ok(Request { method: Method::GET, url, headers, body: None })
}

async fn ask(call: &Call) -> Result<Vec<String>, RunError> {
    // OpenRouter tells more of its models than a task may hand on.
    let egress = call.egress.clone().taking(MAX_ANSWER);
    let answer = accepted(call, egress.send(get(call, "models")?).await)?;
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
    fn credits_are_those_of_the_key_or_of_the_account() {
        let key = json!({"data": {"usage": 25.5, "limit": 100, "limit_remaining": 74.5}});
        assert_eq!(of_key(&key), Some(Credits { used: 25.5, left: Some(74.5) }));
        let endless = json!({"data": {"usage": 2, "limit": null, "limit_remaining": null}});
        assert_eq!(of_key(&endless), Some(Credits { used: 2.0, left: None }));
        for other in [json!({"error": "not found"}), json!({"data": [{"id": "small"}]}), json!(null)] {
            assert_eq!(of_key(&other), None);
        }
        assert_eq!(of_account(&json!({"data": {"total_credits": 10, "total_usage": 2.5}})), Some(7.5));
        assert_eq!(of_account(&json!({"data": {"total_credits": 10}})), None);
    }

    #[test]
    fn models_are_told_once_by_their_names_and_nothing_else_is() {
        let models = [json!({"id": "b"}), json!({"id": "a"}), json!({"id": "b"}), json!({"name": "c"}), json!(1)];
        assert_eq!(names(&models), ["a", "b"]);
        assert!(names(&[json!({ "id": "x".repeat(LONGEST + 1) })]).is_empty());
        let many: Vec<_> = (0..MOST + 1).map(|number| json!({ "id": number.to_string() })).collect();
        assert_eq!(names(&many).len(), MOST);
    }
}
