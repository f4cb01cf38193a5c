//! Texts from files and into files. Only ever called by handlers, in the browser.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

/// The first of the files that an input or a drag holds in its member `files`. The features of web-sys for these would
/// cost every build more than these lines.
pub fn first_of(holder: &JsValue) -> Option<web_sys::Blob> {
    let files = js_sys::Reflect::get(holder, &"files".into()).ok()?;
    js_sys::Reflect::get_u32(&files, 0).ok()?.dyn_into().ok()
}

/// Reads the file as text, then goes on with it; an error says why it could not be read.
pub fn read(file: &web_sys::Blob, most: usize, go_on: impl FnOnce(Result<String, String>) + 'static) {
    let name = js_sys::Reflect::get(file, &"name".into()).ok().and_then(|name| name.as_string());
    let name = name.unwrap_or_else(|| "The file".to_owned());
    if file.size() > most as f64 {
        let mib = most >> 20;
        return go_on(Err(format!("“{name}” has more than {mib} MiB, which no workflow has.")));
    }
    let Ok(reader) = web_sys::FileReader::new() else { return go_on(Err("This browser reads no files.".to_owned())) };
    let own = reader.clone();
    let done = Closure::once_into_js(move || {
        let text = own.result().ok().and_then(|text| text.as_string());
        go_on(text.ok_or_else(|| format!("“{name}” could not be read.")));
    });
    reader.set_onloadend(Some(done.unchecked_ref()));
    // A file that cannot be read ends loading as well.
    let _ = reader.read_as_text(file);
}

/// Hands the text to the person as a file of this name.
pub fn save(name: &str, sort: &str, text: &str) {
    let address = format!("data:{sort};charset=utf-8,{}", js_sys::encode_uri_component(text));
    save_address(name, &address);
}

fn save_address(name: &str, address: &str) {
    let link = document().create_element("a").ok().and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(address);
        link.set_download(name);
        link.click();
    }
}

/// Draws the SVG, twice as large so that it stays sharp, and hands it over as a PNG.
pub fn save_png(name: String, svg: &str, failed: impl Fn() + 'static) {
    let Ok(image) = web_sys::HtmlImageElement::new() else { return failed() };
    let own = image.clone();
    let draw = move || {
        // Browsers draw up to some 16,000 pixels in a row.
        let scale = 2f64.min(12_000.0 / f64::from(own.width().max(own.height()).max(1)));
        let (width, height) = (f64::from(own.width()) * scale, f64::from(own.height()) * scale);
        let canvas = document().create_element("canvas").ok()?.dyn_into::<web_sys::HtmlCanvasElement>().ok()?;
        canvas.set_width(width as u32);
        canvas.set_height(height as u32);
        let context = canvas.get_context("2d").ok()??;
        let draw = js_sys::Reflect::get(&context, &"drawImage".into()).ok()?.dyn_into::<js_sys::Function>().ok()?;
        let arguments = [JsValue::from(own.clone()), 0.into(), 0.into(), width.into(), height.into()];
        draw.apply(&context, &arguments.into_iter().collect()).ok()?;
        save_address(&name, &canvas.to_data_url().ok()?);
        Some(())
    };
    let loaded = Closure::once_into_js(move || {
        if draw().is_none() {
            failed();
        }
    });
    image.set_onload(Some(loaded.unchecked_ref()));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{}", js_sys::encode_uri_component(svg)));
}
