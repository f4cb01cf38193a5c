//! A call of a webhook for the terminal, ready to paste.

use crate::domain::trigger::WebhookAuth;

/// Shell lines that post a small JSON body with the authentication that the webhook asks for. The secret itself is
/// left to fill in.
pub fn curl(url: &str, auth: &WebhookAuth) -> String {
    let post = format!("curl -X POST {} -H 'Content-Type: application/json'", quoted(url));
    let body = r#"'{"hello": "world"}'"#;
    match auth {
        WebhookAuth::None => format!("{post} --data-raw {body}"),
        WebhookAuth::HeaderToken { header, .. } => {
            let header = quoted(&format!("{header}: "));
            format!("SECRET='your secret'\n{post} -H {header}\"$SECRET\" --data-raw {body}")
        }
        WebhookAuth::HmacSha256 { header, .. } => {
            let header = quoted(&format!("{header}: sha256="));
            let sum = r#""$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)""#;
            format!("SECRET='your secret'\nBODY={body}\n{post} -H {header}{sum} --data-raw \"$BODY\"")
        }
    }
}

/// Nothing in it means anything to a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "http://localhost:3000/hooks/abc";

    #[test]
    fn a_call_carries_what_the_webhook_asks_for() {
        let (header, secret) = ("X-Sign".to_owned(), "s".to_owned());
        assert_eq!(
            curl(URL, &WebhookAuth::None),
            r#"curl -X POST 'http://localhost:3000/hooks/abc' -H 'Content-Type: application/json' --data-raw '{"hello": "world"}'"#
        );
        let token = curl(URL, &WebhookAuth::HeaderToken { header: header.clone(), secret: secret.clone() });
        assert!(token.contains(r#"-H 'X-Sign: '"$SECRET""#), "{token}");
        let signed = curl(URL, &WebhookAuth::HmacSha256 { header, secret });
        assert!(signed.contains("-H 'X-Sign: sha256='\"$(printf"), "{signed}");
    }

    #[test]
    fn a_header_name_cannot_run_anything() {
        let auth = WebhookAuth::HeaderToken { header: "x'$(reboot)`reboot`".to_owned(), secret: "s".to_owned() };
        assert!(curl(URL, &auth).contains(r"-H 'x'\''$(reboot)`reboot`: '"));
    }
}
