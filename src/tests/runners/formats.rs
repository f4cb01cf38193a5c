//! JSON, XML, Excel, zip, HTML and feeds: both ways, and what hostile files do.

use std::io::{Cursor, Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use flowpilot::{
    domain::task::Kind,
    server::runners::{self, Outcome, RunError},
};
use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{call, done, failed, object};
use crate::peer::Peer;

async fn run(kind: Kind, parameters: Value) -> Result<Outcome, RunError> {
    let mut all = kind.default_parameters();
    all.extend(object(parameters));
    runners::run(call(kind, Value::Object(all))).await
}

fn bytes(bytes: &[u8]) -> Value {
    json!({"base64": BASE64_STANDARD.encode(bytes)})
}

/// An archive of files with these names and contents.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

async fn refused(kind: Kind, parameters: Value, field: &str, words: &str) {
    let (message, named) = failed(run(kind, parameters).await);
    assert_eq!(named.as_deref(), Some(field), "{message}");
    assert!(message.contains(words), "{message}");
}

#[tokio::test]
async fn json_is_read_at_a_place_by_lines_and_written() {
    let text = r#"{"data":{"items":[{"id":7}]}}"#;
    assert_eq!(done(run(Kind::Json, json!({"text": text, "path": "data.items.0.id"})).await), json!(7));
    let lines = done(run(Kind::Json, json!({"text": bytes(b"{\"a\":1}\n\n[2]\n"), "shape": "lines"})).await);
    assert_eq!(lines, json!([{"a": 1}, [2]]));
    let written = run(Kind::Json, json!({"direction": "write", "value": lines, "layout": "lines"})).await;
    assert_eq!(done(written), json!("{\"a\":1}\n[2]\n"));
    let indented = run(Kind::Json, json!({"direction": "write", "value": {"a": 1}, "layout": "indented"})).await;
    assert_eq!(done(indented), json!("{\n  \"a\": 1\n}"));
    refused(Kind::Json, json!({"text": "{\"a\":\n}"}), "text", "line 2 column 1").await;
    refused(Kind::Json, json!({"text": "[".repeat(200)}), "text", "127 deep").await;
    refused(Kind::Json, json!({"text": text, "path": "data.none"}), "path", "The JSON has data").await;
    refused(Kind::Json, json!({"text": bytes(&[b'"', 0xff, b'"'])}), "text", "not UTF-8 from byte 1").await;
    refused(Kind::Json, json!({"text": " "}), "text", "is empty").await;
}

#[tokio::test]
async fn xml_is_read_and_written_and_reads_the_same_again() {
    let text = "<?xml version=\"1.0\"?><!-- c --><o id='7' n=\"a &amp; b\"><l>x &lt; 1</l><l/><m k='v'>t<![CDATA[<raw>]]></m>\n</o>";
    let value = json!({"o": {"@id": "7", "@n": "a & b", "l": ["x < 1", null], "m": {"@k": "v", "#text": "t<raw>"}}});
    assert_eq!(done(run(Kind::Xml, json!({"text": text})).await), value);
    let written = done(run(Kind::Xml, json!({"direction": "write", "value": value})).await);
    assert_eq!(done(run(Kind::Xml, json!({"text": written})).await), value);
    let hostile = json!({"r": {"@a": "\" onload=\"x", "b": "</b><script>", "#text": "]]>"}});
    let written = done(run(Kind::Xml, json!({"direction": "write", "value": hostile})).await);
    assert_eq!(done(run(Kind::Xml, json!({"text": written})).await), hostile);
    for (value, words) in [
        (json!({"a": 1, "b": 2}), "one member"),
        (json!([1]), "not from a list"),
        (json!({"a b": 1}), "cannot be the name"),
        (json!({"a": {"b><c": 1}}), "cannot be the name"),
        (json!({"a": "\u{1}"}), "control character"),
        (json!({"a": {"@b": {}}}), "has to be a text"),
    ] {
        refused(Kind::Xml, json!({"direction": "write", "value": value}), "value", words).await;
    }
}

#[tokio::test]
async fn xml_that_blows_up_opens_files_or_ends_early_is_refused() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
    let file = "<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><l>&f;</l>";
    for (text, words) in [
        (laughs.to_owned(), "&b; is not one of XML's own"),
        (file.to_owned(), "&f; is not one of XML's own"),
        ("<a>".repeat(100_000), "nested more than 64 deep"),
        ("<a>\n<b></a>".to_owned(), "line 2"),
        ("<a><b>".to_owned(), "ends before </b>"),
        ("plain".to_owned(), "text outside"),
        ("<a/><b/>".to_owned(), "has to hold one element"),
        (String::new(), "has to hold one element"),
        ("<a x='1' x='2'/>".to_owned(), "line 1"),
    ] {
        refused(Kind::Xml, json!({"text": text}), "text", words).await;
    }
    refused(Kind::Xml, json!({"text": bytes(&[b'<', 0xe4])}), "text", "not UTF-8").await;
}

#[tokio::test]
async fn a_table_goes_to_excel_and_back_and_no_text_becomes_a_formula() {
    let rows = json!([
        {"name": "=cmd|'/C calc'!A0", "n": 12.5, "ok": true, "big": 9_007_199_254_740_993_i64},
        {"name": "Löwe", "n": -3, "ok": null, "big": 7},
    ]);
    let file = done(run(Kind::Xlsx, json!({"direction": "write", "rows": rows, "sheet": "Orders"})).await);
    assert_eq!(file["file_name"], "table.xlsx");
    let read = done(run(Kind::Xlsx, json!({"file": file})).await);
    let mut expected = rows.clone();
    expected[0]["big"] = json!("9007199254740993");
    assert_eq!(read, expected);
    let lists = done(run(Kind::Xlsx, json!({"file": file, "head": "no", "sheet": "Orders"})).await);
    assert_eq!(lists[0], json!(["name", "n", "ok", "big"]));
    refused(Kind::Xlsx, json!({"file": file, "sheet": "None"}), "sheet", "The file has Orders").await;
    refused(Kind::Xlsx, json!({"file": bytes(b"name,n")}), "file", "not a zip archive").await;
    refused(Kind::Xlsx, json!({"file": bytes(&archive(&[("a.txt", b"x")]))}), "file", "not an Excel file").await;
    refused(Kind::Xlsx, json!({"direction": "write", "rows": [], "sheet": "a/b"}), "sheet", "").await;
    refused(Kind::Xlsx, json!({"direction": "write", "rows": [1]}), "rows", "objects or lists").await;
}

#[tokio::test]
async fn an_excel_file_whose_corners_are_far_apart_takes_no_memory() {
    let file = done(run(Kind::Xlsx, json!({"direction": "write", "rows": [["a"]], "head": "no"})).await);
    let whole = BASE64_STANDARD.decode(file["base64"].as_str().unwrap()).unwrap();
    let mut parts = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
    let mut changed = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..parts.len() {
        let mut part = parts.by_index(index).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut content = String::new();
        std::io::Read::read_to_string(&mut part, &mut content).unwrap();
        if name.ends_with("sheet1.xml") {
            let far = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row></sheetData>";
            content = content.replace("</sheetData>", far);
            assert!(content.contains("XFD1048576"));
        }
        changed.start_file(name, SimpleFileOptions::default()).unwrap();
        changed.write_all(content.as_bytes()).unwrap();
    }
    let far = changed.finish().unwrap().into_inner();
    refused(Kind::Xlsx, json!({"file": bytes(&far)}), "file", "more than 100,000 rows").await;
}

#[tokio::test]
async fn files_are_packed_and_unpacked() {
    let files = json!([{"file_name": "a/ä.txt", "text": "Hello"}, {"file_name": "b.bin", "base64": "AAEC"}]);
    let packed = done(run(Kind::Zip, json!({"direction": "pack", "files": files})).await);
    assert_eq!(packed["content_type"], "application/zip");
    let unpacked = done(run(Kind::Zip, json!({"archive": packed})).await);
    let hello = json!({"base64": "SGVsbG8=", "content_type": "text/plain", "file_name": "a/ä.txt"});
    assert_eq!(unpacked[0], hello);
    assert_eq!(unpacked[1]["base64"], "AAEC");
    assert_eq!(done(run(Kind::Zip, json!({"direction": "pack", "files": files})).await), packed, "the same bytes");
    for (files, words) in [
        (json!([{"file_name": "../a", "text": ""}]), "cannot be a file's name"),
        (json!([{"file_name": "a", "text": ""}, {"file_name": "a", "text": ""}]), "Two files"),
        (json!([{"text": ""}]), "file_name"),
        (json!([{"file_name": "a"}]), "neither base64 nor text"),
    ] {
        refused(Kind::Zip, json!({"direction": "pack", "files": files}), "files", words).await;
    }
}

#[tokio::test]
async fn bombs_links_and_ways_out_of_the_folder_are_refused() {
    let zeros = vec![0; 30 * 1024 * 1024];
    let many: Vec<(String, &[u8])> = (0..10_001).map(|n| (n.to_string(), b"".as_slice())).collect();
    let many: Vec<_> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let link = link.finish().unwrap().into_inner();
    for (archive, words) in [
        (archive(&[("zeros", &zeros[..20 * 1024 * 1024])]), "unpacks to more than"),
        (archive(&[("a", &zeros)]), "unpacks to more than"),
        (archive(&many), "holds 10001 files"),
        (link, "is a link"),
        (b"PK\x03\x04".to_vec(), "not a zip archive"),
    ] {
        refused(Kind::Zip, json!({"archive": bytes(&archive)}), "archive", words).await;
    }
    for name in ["../x", "/etc/x", "a/../../x", "a\\..\\x", "C:x", "./x", "a//x", "a\u{0}b", "..", "a\nb"] {
        // The writer would tidy the name, so it is bent afterwards.
        let plain: String = name.chars().map(|_| 'q').collect();
        let whole = archive(&[(&plain, b"x")]);
        let bent = replaced(&whole, plain.as_bytes(), name.as_bytes());
        let (message, field) = failed(run(Kind::Zip, json!({"archive": bytes(&bent)})).await);
        assert_eq!(field.as_deref(), Some("archive"), "{name}: {message}");
    }
}

/// Of the same length.
fn replaced(whole: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut whole = whole.to_vec();
    assert_eq!(from.len(), to.len());
    for at in 0..=whole.len() - from.len() {
        if &whole[at..at + from.len()] == from {
            whole[at..at + from.len()].copy_from_slice(to);
        }
    }
    whole
}

#[tokio::test]
async fn a_zip_that_lies_about_its_sizes_is_refused_all_the_same() {
    let zeros = vec![0; 20 * 1024 * 1024];
    let whole = archive(&[("zeros", &zeros)]);
    let lying = replaced(&whole, &(zeros.len() as u32).to_le_bytes(), &10_u32.to_le_bytes());
    let (message, field) = failed(run(Kind::Zip, json!({"archive": bytes(&lying)})).await);
    assert_eq!(field.as_deref(), Some("archive"), "{message}");
    let (message, field) = failed(run(Kind::Xlsx, json!({"file": bytes(&lying)})).await);
    assert_eq!(field.as_deref(), Some("file"), "{message}");
}

const PAGE: &str = "<!doctype html><title>Shop</title><div class=item data-id=7><h2> Blue\n  <b>lamp</b></h2>
    <a href='/lamp?a=1&amp;b=2'>more</a><ul><li>x<li>y</ul></div><div class=item><h2>Chair</h2></div>";

#[tokio::test]
async fn texts_and_attributes_are_picked_out_of_a_page() {
    let values =
        json!({"id": "@data-id", "name": "h2", "link": "a @href", "tags": "li[]", "inner": "h2 @html", "none": "em"});
    let rows = done(run(Kind::HtmlExtract, json!({"html": PAGE, "rows": ".item", "values": values})).await);
    assert_eq!(
        rows,
        json!([
            {"id": "7", "name": "Blue lamp", "link": "/lamp?a=1&b=2", "tags": ["x", "y"], "inner": " Blue\n  <b>lamp</b>", "none": null},
            {"id": null, "name": "Chair", "link": null, "tags": [], "inner": "Chair", "none": null},
        ])
    );
    let whole = json!({"html": PAGE, "values": {"title": "title", "links": "a @href []"}, "blanks": "keep"});
    assert_eq!(done(run(Kind::HtmlExtract, whole).await), json!({"title": "Shop", "links": ["/lamp?a=1&b=2"]}));
    for (parameters, field, words) in [
        (json!({"html": PAGE, "values": {"a": "h2 >"}}), "values", "not a CSS selector"),
        (json!({"html": PAGE, "values": {"a": "b"}, "rows": "div:has(p)"}), "rows", ":has() is not supported"),
        (json!({"html": "x".repeat(5 * 1024 * 1024 + 1), "values": {"a": "b"}}), "html", "more than 5 MiB"),
        (json!({"html": 7, "values": {"a": "b"}}), "html", "Bytes are a text"),
    ] {
        refused(Kind::HtmlExtract, parameters, field, words).await;
    }
}

#[tokio::test]
async fn a_page_that_is_nested_without_end_is_given_up_or_read_and_blocks_nobody() {
    let deep = "<div>".repeat(1_000_000);
    let parameters = json!({"html": deep, "values": {"a": "p p p p p"}});
    // Whether it is read in time depends on the machine; it ends and breaks nothing.
    match run(Kind::HtmlExtract, parameters).await {
        Ok(Outcome::Done { output, .. }) => assert_eq!(output, json!({"a": null})),
        other => assert_eq!(failed(other).1.as_deref(), Some("html")),
    }
}

#[tokio::test]
async fn feeds_of_all_sorts_are_read() {
    let rss = "<rss version='2.0'><channel><title>Blog</title><link>https://b.test/</link>
        <item><guid>1</guid><title>First</title><link>https://b.test/1</link><pubDate>Fri, 20 Nov 2026 12:00:00 GMT</pubDate>
        <description>Hello</description><category>news</category></item><item><guid>2</guid><title>Second</title></item></channel></rss>";
    let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title><link href='https://b.test/'/>
        <entry><id>1</id><title>First</title><link href='https://b.test/1'/><published>2026-11-20T12:00:00Z</published>
        <summary>Hello</summary><category term='news'/></entry></feed>";
    let json_feed = json!({"version": "https://jsonfeed.org/version/1", "title": "Blog", "home_page_url": "https://b.test/",
        "items": [{"id": "1", "title": "First", "url": "https://b.test/1", "date_published": "2026-11-20T12:00:00Z", "summary": "Hello", "tags": ["news"]}]});
    for feed in [rss.to_owned(), atom.to_owned(), json_feed.to_string()] {
        let peer = Peer::saying(200, "application/xml", feed.into_bytes()).await;
        let read = done(run(Kind::RssRead, json!({"url": peer.url("/feed"), "limit": 1})).await);
        assert_eq!(read["title"], "Blog");
        assert_eq!(read["link"], "https://b.test/");
        assert_eq!(read["items"].as_array().unwrap().len(), 1);
        let item = &read["items"][0];
        let picked =
            json!([item["id"], item["title"], item["link"], item["published"], item["summary"], item["categories"]]);
        assert_eq!(picked, json!(["1", "First", "https://b.test/1", "2026-11-20T12:00:00Z", "Hello", ["news"]]));
    }
    for (body, words) in [("<html>no</html>", "not a feed"), ("", "not a feed"), ("\u{0}\u{1}", "not a feed")] {
        let peer = Peer::saying(200, "text/html", body.as_bytes().to_vec()).await;
        refused(Kind::RssRead, json!({"url": peer.url("/")}), "url", words).await;
    }
}
