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
        WebhookAuth::Bearer { .. } => {
            format!("SECRET='your secret'\n{post} -H 'Authorization: Bearer '\"$SECRET\" --data-raw {body}")
        }
        WebhookAuth::Basic { username, .. } => {
            let user = quoted(&format!("{username}:"));
            format!("SECRET='your secret'\n{post} -u {user}\"$SECRET\" --data-raw {body}")
        }
        WebhookAuth::HmacSha256 { header, .. } => {
            signed(&post, "", &format!("-H {}{HEX}", quoted(&format!("{header}: sha256="))))
        }
        WebhookAuth::Github { .. } => signed(&post, "", &format!("-H 'X-Hub-Signature-256: sha256='{HEX}")),
        WebhookAuth::Stripe { .. } => signed(&post, "$T.", &format!("-H \"Stripe-Signature: t=$T,v1=\"{HEX}")),
        WebhookAuth::Slack { .. } => {
            let headers = format!("-H \"X-Slack-Request-Timestamp: $T\" -H 'X-Slack-Signature: v0='{HEX}");
            signed(&post, "v0:$T:", &headers)
        }
        WebhookAuth::StandardWebhooks { .. } => {
            let key = "KEY=$(printf %s \"${SECRET#whsec_}\" | base64 -d | od -An -tx1 | tr -d ' \\n')";
            let sum =
                r#""$(printf %s "$SIGNED" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY -binary | base64)""#;
            let headers =
                format!("-H \"webhook-id: msg_$T\" -H \"webhook-timestamp: $T\" -H 'webhook-signature: v1,'{sum}");
            signed(&post, "msg_$T.$T.", &headers).replacen('\n', &format!("\n{key}\n"), 1)
        }
    }
}

const HEX: &str = r#""$(printf %s "$SIGNED" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)""#;

/// `before` is what is signed before the body; `headers` may use `$SIGNED`, `$SECRET` and the time `$T`.
fn signed(post: &str, before: &str, headers: &str) -> String {
    let body = r#"'{"hello": "world"}'"#;
    let time = if before.is_empty() { "" } else { "T=$(date +%s)\n" };
    format!("SECRET='your secret'\nBODY={body}\n{time}SIGNED=\"{before}$BODY\"\n{post} {headers} --data-raw \"$BODY\"")
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
