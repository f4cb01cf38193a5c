//! The message itself: text, or text and HTML, to one or several people.

use lettre::{
    Message,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType},
    },
};
use serde_json::Value;

use crate::server::runners::{Call, RunError, binary::Binary};

/// Bytes of all files together.
const MAX_ATTACHED: usize = 25 * 1024 * 1024;

pub fn compose(call: &Call) -> Result<Message, RunError> {
    let from = mailbox(&call.text("from")?, "from")?;
    let mut builder = Message::builder()
        .message_id(Some(message_id(call, from.email.domain())))
        .date(call.now.into())
        .subject(one_line(&call.text("subject")?))
        .from(from);
    for recipient in recipients(&call.text("to")?)? {
        builder = builder.to(recipient);
    }
    let text = call.text("text")?;
    let files = attachments(call)?;
    let html = call.optional_text("html")?;
    let message = match (html, files.is_empty()) {
        (Some(html), true) => builder.multipart(MultiPart::alternative_plain_html(text, html)),
        (None, true) => builder.singlepart(SinglePart::plain(text)),
        (html, false) => {
            let first = match html {
                Some(html) => MultiPart::mixed().multipart(MultiPart::alternative_plain_html(text, html)),
                None => MultiPart::mixed().singlepart(SinglePart::plain(text)),
            };
            builder.multipart(files.into_iter().fold(first, MultiPart::singlepart))
        }
    };
    message.map_err(|error| RunError::fail(format!("The email cannot be composed: {error}.")))
}

/// Files of the field, each `{ base64, file_name, content_type }`; one alone counts as a list of it.
fn attachments(call: &Call) -> Result<Vec<SinglePart>, RunError> {
    let values = match call.value("attachments") {
        Value::Null => Vec::new(),
        Value::Array(values) => values,
        one => vec![one],
    };
    let mut bytes = 0;
    let part = |value: &Value| {
        let file = Binary::read(value, "attachments")?;
        bytes += file.bytes.len();
        if bytes > MAX_ATTACHED {
            return Err(RunError::field("attachments", "The files together are larger than 25 MiB."));
        }
        let content_type = file.content_type.as_deref().unwrap_or("application/octet-stream");
        let content_type = ContentType::parse(content_type)
            .map_err(|_| RunError::field("attachments", format!("“{}” is no content type.", one_line(content_type))))?;
        let name = one_line(file.file_name.as_deref().unwrap_or("file"));
        // Whatever the bytes are, they arrive as they left.
        let body = Body::new_with_encoding(file.bytes, ContentTransferEncoding::Base64)
            .map_err(|_| RunError::field("attachments", format!("“{name}” cannot be attached.")))?;
        Ok(Attachment::new(name).body(body, content_type))
    };
    values.iter().map(part).collect()
}

/// The same for every attempt, so that a mailbox can tell that a second delivery is the first one again.
pub fn id(call: &Call, message: &Message) -> String {
    message_id(call, message.envelope().from().map_or("localhost", |from| from.domain()))
}

fn message_id(call: &Call, domain: &str) -> String {
    let iteration: String = call.run.path.iter().map(|index| format!(".{index}")).collect();
    format!("<{}.{}{iteration}@{domain}>", call.execution, call.run.node)
}

/// Split at commas and semicolons outside of quotes and brackets.
fn recipients(text: &str) -> Result<Vec<Mailbox>, RunError> {
    let mut quoted = false;
    let pieces = text.split(|c| {
        quoted ^= c == '"';
        !quoted && matches!(c, ',' | ';' | '\n')
    });
    let people: Vec<Mailbox> = pieces
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .map(|piece| mailbox(piece, "to"))
        .collect::<Result<_, _>>()?;
    match people.len() {
        0 => Err(RunError::field("to", "“To” names nobody.")),
        1..=100 => Ok(people),
        many => Err(RunError::field("to", format!("“To” names {many} people; one email goes to at most 100."))),
    }
}

fn mailbox(text: &str, field: &str) -> Result<Mailbox, RunError> {
    let text = text.trim();
    let wrong = || {
        let text = one_line(text);
        RunError::field(
            field,
            format!("“{text}” is not an email address. Write ada@example.com or Ada <ada@example.com>."),
        )
    };
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    // The parser stops where it has an address; whatever follows would be lost in silence.
    let address = mailbox.email.to_string();
    let is_whole = text == address || text.ends_with(&format!("<{address}>"));
    if is_whole { Ok(mailbox) } else { Err(wrong()) }
}

fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control()).map(str::trim).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(text: &str) -> Vec<String> {
        recipients(text).unwrap().into_iter().map(|mailbox| mailbox.email.to_string()).collect()
    }

    #[test]
    fn several_recipients_are_split_at_commas_and_semicolons() {
        assert_eq!(addresses("a@x.org, B <b@x.org>;c@x.org"), ["a@x.org", "b@x.org", "c@x.org"]);
        assert_eq!(addresses("\"Lovelace, Ada\" <ada@x.org>, "), ["ada@x.org"]);
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_its_field() {
        for text in ["", " , ", "ada", "ada@x.org bob@x.org", "ada@x.org\r\nBcc: eve@x.org", "<ada@x.org"] {
            let error = recipients(text).unwrap_err();
            assert!(matches!(&error, RunError::Fail { field: Some(field), .. } if field == "to"), "{text}: {error:?}");
        }
    }

    #[test]
    fn a_subject_stays_one_line() {
        assert_eq!(one_line("Hello\r\nBcc: eve@x.org"), "Hello Bcc: eve@x.org");
    }
}
