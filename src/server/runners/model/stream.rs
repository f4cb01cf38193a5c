//! An answer that comes word by word: server-sent events, each a piece of a completion (`chat.completion.chunk`). What was
//! heard is put together to what an answer in one piece would have been.

use serde_json::{Value, json};

/// What was heard so far.
#[derive(Default)]
pub struct Heard {
    /// A line that is not complete.
    line: Vec<u8>,
    /// The data of an event that is not complete.
    data: String,
    text: String,
    has_text: bool,
    refusal: String,
    model: Value,
    finish: Value,
    usage: Value,
    /// What went wrong at the provider, in its words.
    error: Value,
    is_complete: bool,
}

impl Heard {
    /// Takes a piece of the body, cut anywhere. Gives what the model said in it.
    pub fn hear(&mut self, piece: &[u8]) -> String {
        let already = self.text.len();
        for byte in piece {
            match byte {
                b'\n' => self.end_line(),
                byte => self.line.push(*byte),
            }
        }
        self.text[already..].to_owned()
    }

    /// The body's end, which ends an event too.
    pub fn end(&mut self) {
        self.end_line();
        self.end_event();
    }

    /// Whether the provider said all that it had to say.
    pub fn is_complete(&self) -> bool {
        self.is_complete || !self.finish.is_null()
    }

    /// Null: nothing went wrong.
    pub fn error(&self) -> &Value {
        &self.error
    }

    /// As an answer in one piece has it.
    pub fn completion(self) -> Value {
        let content = if self.has_text { Value::String(self.text) } else { Value::Null };
        let refusal = if self.refusal.is_empty() { Value::Null } else { Value::String(self.refusal) };
        json!({
            "model": self.model,
            "choices": [{ "message": { "content": content, "refusal": refusal }, "finish_reason": self.finish }],
            "usage": self.usage,
        })
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line));
        if line.is_empty() {
            self.end_event();
        } else if let Some(data) = line.strip_prefix("data:") {
            if !self.data.is_empty() {
                self.data.push('\n');
            }
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        }
        // Comments, such as OpenRouter's “: OPENROUTER PROCESSING”, and other fields say nothing here.
    }

    fn end_event(&mut self) {
        let data = std::mem::take(&mut self.data);
        if data.trim() == "[DONE]" {
            self.is_complete = true;
        } else if let Ok(chunk) = serde_json::from_str::<Value>(&data) {
            self.take(&chunk);
        }
    }

    fn take(&mut self, chunk: &Value) {
        keep(&mut self.model, &chunk["model"]);
        keep(&mut self.usage, &chunk["usage"]);
        keep(&mut self.error, &chunk["error"]);
        let choice = &chunk["choices"][0];
        if let Some(words) = choice["delta"]["content"].as_str() {
            self.has_text = true;
            self.text.push_str(words);
        }
        self.refusal.push_str(choice["delta"]["refusal"].as_str().unwrap_or_default());
        keep(&mut self.finish, &choice["finish_reason"]);
    }
}

/// The last one that is something.
fn keep(place: &mut Value, found: &Value) {
    if !found.is_null() {
        place.clone_from(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = concat!(
        ": OPENROUTER PROCESSING\n\n",
        "data: {\"model\":\"small\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\n\r\n",
        "event: message\ndata: {\"choices\":[{\"delta\":{\"content\":\"Grüße, \"},\"finish_reason\":null}]}\n\n",
        "data:{\"choices\":[{\"delta\":\ndata:{\"content\":\"Ada\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
        "data: {\"choices\":[],\"usage\":{\"total_tokens\":7}}\n\n",
        "data: [DONE]\n\n",
    );

    #[test]
    fn an_answer_is_the_same_however_its_bytes_are_cut() {
        for size in [1, 2, 3, 7, BODY.len()] {
            let (mut heard, mut said) = (Heard::default(), String::new());
            BODY.as_bytes().chunks(size).for_each(|piece| said.push_str(&heard.hear(piece)));
            heard.end();
            assert!(heard.is_complete() && heard.error().is_null(), "{size}");
            let whole = heard.completion();
            assert_eq!(
                (said.as_str(), &whole["choices"][0]["message"]["content"]),
                ("Grüße, Ada", &json!("Grüße, Ada"))
            );
            assert_eq!(
                (&whole["model"], &whole["choices"][0]["finish_reason"], &whole["usage"]["total_tokens"]),
                (&json!("small"), &json!("stop"), &json!(7))
            );
        }
    }

    #[test]
    fn an_answer_that_broke_off_and_one_that_went_wrong_are_told_apart_from_a_whole_one() {
        let heard = |body: &str| {
            let mut heard = Heard::default();
            heard.hear(body.as_bytes());
            heard.end();
            heard
        };
        assert!(!heard("data: {\"choices\":[{\"delta\":{\"content\":\"Gr\"}}]}\n\n").is_complete());
        assert!(!heard("").is_complete());
        assert_eq!(heard("data: {\"error\":{\"message\":\"overloaded\"}}").error()["message"], "overloaded");
        let refused = heard("data: {\"choices\":[{\"delta\":{\"refusal\":\"I cannot\"},\"finish_reason\":\"stop\"}]}");
        let message = &refused.completion()["choices"][0]["message"];
        assert_eq!((&message["content"], &message["refusal"]), (&json!(null), &json!("I cannot")));
    }
}
