//! What is in a bucket, page by page (`ListObjectsV2`).

use percent_encoding::percent_decode_str;
use rusty_s3::{Method, signing::sign};
use serde_json::{Value, json};
use url::Url;

use super::{VALID, access::Access};
use crate::server::{
    egress::Answer,
    runners::{Call, RunError, xml},
};

/// Objects of one page.
const PAGE: usize = 1_000;

#[derive(Default)]
pub struct Listing {
    pub objects: Vec<Value>,
    /// Where the next page begins, as the store calls it.
    next: Option<String>,
}

impl Listing {
    /// Keys come back encoded as in a URL: not all of them could stand in XML.
    pub fn next_page(&self, access: &Access, prefix: &str, limit: usize) -> Url {
        let count = PAGE.min(limit.saturating_sub(self.objects.len()).max(1)).to_string();
        // By name: so they are signed.
        let mut query =
            vec![("encoding-type", "url"), ("list-type", "2"), ("max-keys", count.as_str()), ("prefix", prefix)];
        if let Some(token) = &self.next {
            query.insert(0, ("continuation-token", token.as_str()));
        }
        let (url, key) = (access.bucket.base_url().clone(), &access.key);
        let (now, valid) = (jiff::Timestamp::now(), VALID.as_secs());
        let none = std::iter::empty();
        let query = query.into_iter();
        sign(&now, Method::Get, url, key.key(), key.secret(), None, access.bucket.region(), valid, query, none)
    }

    /// Whether that was the last page.
    pub async fn take(&mut self, call: &Call, answer: Answer) -> Result<bool, RunError> {
        let unknown = format!("{} answered what is not a list of objects.", answer.host);
        let read = call.compute.run(move || page(&String::from_utf8_lossy(&answer.body))).await;
        let (objects, next) = read.flatten().ok_or_else(|| RunError::field("do", unknown))?;
        // Nothing and more to come would go on for ever.
        let is_last = next.is_none() || objects.is_empty();
        self.objects.extend(objects);
        self.next = next;
        Ok(is_last)
    }

    pub fn told(mut self, limit: usize) -> Value {
        let more = self.next.is_some() || self.objects.len() > limit;
        self.objects.truncate(limit);
        json!({ "objects": self.objects, "more": more })
    }
}

/// The objects of a page, and where the next one begins.
fn page(text: &str) -> Option<(Vec<Value>, Option<String>)> {
    let whole = xml::value(text)?;
    let page = whole.get("ListBucketResult")?;
    let is_encoded = page["EncodingType"] == "url";
    let next = match page["IsTruncated"] == "true" {
        true => Some(page["NextContinuationToken"].as_str()?.to_owned()),
        false => None,
    };
    let objects: &[Value] = match page.get("Contents") {
        None => &[],
        Some(Value::Array(objects)) => objects.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    let objects: Option<Vec<Value>> = objects.iter().map(|object| described(object, is_encoded)).collect();
    Some((objects?, next))
}

fn described(object: &Value, is_encoded: bool) -> Option<Value> {
    let key = object["Key"].as_str()?;
    let key = if is_encoded { decoded(key) } else { key.to_owned() };
    let size: Option<u64> = object["Size"].as_str().and_then(|size| size.parse().ok());
    let etag = object["ETag"].as_str().map(|etag| etag.trim_matches('"'));
    Some(json!({ "key": key, "size": size, "modified_at": object["LastModified"], "etag": etag }))
}

/// As in forms: a plus is a blank.
fn decoded(text: &str) -> String {
    percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(inside: &str) -> Option<(Vec<String>, Option<String>)> {
        let text =
            format!("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{inside}</ListBucketResult>");
        let (objects, next) = page(&text)?;
        Some((objects.iter().map(|object| object["key"].as_str().unwrap().to_owned()).collect(), next))
    }

    #[test]
    fn none_one_and_several_objects_are_lists() {
        let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let object =
            |key: &str| format!("<Contents><Key>{key}</Key><Size>3</Size><ETag>&quot;x&quot;</ETag></Contents>");
        assert_eq!(keys("<IsTruncated>false</IsTruncated>"), Some((vec![], None)));
        assert_eq!(keys(&object("a+b")), Some((own(&["a+b"]), None)));
        let several = format!("<EncodingType>url</EncodingType>{}{}", object("a+b/%C3%A4%2B1"), object("c"));
        assert_eq!(keys(&several), Some((own(&["a b/ä+1", "c"]), None)));
    }

    #[test]
    fn another_page_is_asked_for_only_if_there_is_one() {
        let token = "<NextContinuationToken>t</NextContinuationToken>";
        assert_eq!(keys(&format!("<IsTruncated>true</IsTruncated>{token}")), Some((vec![], Some("t".to_owned()))));
        assert_eq!(keys(&format!("<IsTruncated>false</IsTruncated>{token}")), Some((vec![], None)));
        assert_eq!(keys(token), Some((vec![], None)));
        assert_eq!(keys("<IsTruncated>true</IsTruncated>"), None, "where it goes on is not told");
    }

    #[test]
    fn what_is_no_list_is_none() {
        for text in [
            "",
            "<a/>",
            "{}",
            "<ListBucketResult><Contents/></ListBucketResult>",
            "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
        ] {
            assert_eq!(page(text), None, "{text}");
        }
        assert_eq!(page(&"<a>".repeat(100_000)), None);
    }
}
