//! Text inside of `<title>` and `<textarea>`. In every other element the framework escapes it.

/// As the server's page has to hold it, and as it is in the browser. Without this a text could end its element there and go
/// on as markup.
pub fn raw_text(text: impl Into<String>) -> String {
    let text = text.into();
    if cfg!(target_arch = "wasm32") { text } else { text.replace('&', "&amp;").replace('<', "&lt;") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_element_on_the_servers_page() {
        assert_eq!(raw_text("</title><body onload=alert(1)> &amp;"), "&lt;/title>&lt;body onload=alert(1)> &amp;amp;");
    }
}
