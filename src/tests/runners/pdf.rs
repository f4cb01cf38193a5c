//! PDFs by pdftotext: good ones, and what strangers send.

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::task::Kind,
    server::{config::CodeMode, runners},
};
use serde_json::json;

use super::{call, done, failed};
use crate::sandbox::sandbox;

/// A PDF with so many pages, each of which says its line.
pub fn pdf(lines: &[&str]) -> Vec<u8> {
    let first = 4;
    let pages: Vec<String> = (0..lines.len()).map(|n| format!("{} 0 R", first + 2 * n)).collect();
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        format!("<< /Type /Pages /Count {} /Kids [{}] >>", lines.len(), pages.join(" ")),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    for (n, line) in lines.iter().enumerate() {
        let stream = format!("BT /F1 24 Tf 72 700 Td ({line}) Tj ET");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents {} 0 R >>",
            first + 2 * n + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()));
    }
    let (mut bytes, mut places) = (b"%PDF-1.4\n".to_vec(), Vec::new());
    for (n, object) in objects.iter().enumerate() {
        places.push(bytes.len());
        bytes.extend(format!("{} 0 obj\n{object}\nendobj\n", n + 1).bytes());
    }
    let table = bytes.len();
    bytes.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    places.iter().for_each(|place| bytes.extend(format!("{place:010} 00000 n \n").bytes()));
    bytes.extend(format!("trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF", objects.len() + 1).bytes());
    bytes
}

/// None: this machine cannot shut a reader in.
async fn extract(bytes: &[u8]) -> Option<Result<runners::Outcome, runners::RunError>> {
    let parameters = json!({ "pdf": { "base64": BASE64_STANDARD.encode(bytes) }, "layout": "reading" });
    let mut call = call(Kind::PdfExtract, parameters);
    // It needs nobody's leave: what runs is a program of the machine.
    call.sandbox = sandbox(CodeMode::Off);
    let is_possible = call.sandbox.tier().await.is_ok();
    let result = runners::run(call).await;
    if !is_possible {
        assert!(failed(result).0.contains("isolation"));
        return None;
    }
    Some(result)
}

#[tokio::test]
async fn the_text_of_each_page_is_handed_on() {
    if let Some(result) = extract(&pdf(&["Invoice 7", "Total 120"])).await {
        assert_eq!(done(result), json!({ "count": 2, "pages": ["Invoice 7", "Total 120"] }));
    }
    if let Some(result) = extract(&pdf(&[""])).await {
        assert_eq!(done(result), json!({ "count": 1, "pages": [""] }));
    }
}

#[tokio::test]
async fn what_is_no_pdf_and_what_is_a_broken_one_is_told() {
    let whole = pdf(&["Invoice 7"]);
    let cyclic = String::from_utf8(whole.clone()).unwrap().replace("/Kids [4 0 R]", "/Kids [2 0 R]");
    for (bytes, words) in [
        (b"PK\x03\x04".to_vec(), "no PDF"),
        (Vec::new(), "no PDF"),
        (b"%PDF-1.7\n".to_vec(), "cannot be read"),
        ([b"%PDF-1.7\n".as_slice(), &[0xff; 5_000]].concat(), "cannot be read"),
    ] {
        if let Some(result) = extract(&bytes).await {
            let (message, field) = failed(result);
            assert!(message.contains(words), "{message}");
            assert_eq!(field.as_deref(), Some("pdf"));
        }
    }
    // Whatever the reader makes of it, it ends, and the server does not.
    let _ = extract(cyclic.as_bytes()).await;
    let _ = extract(&whole[..whole.len() / 2]).await;
}
