//! A workflow as a picture of its own: SVG drawn from the same geometry as the canvas, with nothing to load.

use std::fmt::Write;

use super::{
    card::Card,
    geometry::{CARD, Curve, Rect},
};
use crate::domain::{
    drawing::{Group, Note},
    task::port,
    workflow::{Edge, Node, Point, Workflow},
};

/// Colours that every viewer of SVG knows, near those of the stylesheet.
pub struct Ink {
    ground: &'static str,
    surface: &'static str,
    text: &'static str,
    muted: &'static str,
    line: &'static str,
    strong: &'static str,
    bad: &'static str,
    note: &'static str,
    families: [(&'static str, &'static str, &'static str); 6],
}

pub const LIGHT: Ink = Ink {
    ground: "#f8f9fc",
    surface: "#ffffff",
    text: "#1b1f2b",
    muted: "#666c7a",
    line: "#dfe2ea",
    strong: "#b0b5c3",
    bad: "#c98b92",
    note: "#fdf3e1",
    families: [
        ("trigger", "#0a8f66", "#e6f5ef"),
        ("web", "#0c7bbb", "#e5f2fb"),
        ("message", "#8647d6", "#f3ebfd"),
        ("flow", "#cf7512", "#fdf1e2"),
        ("data", "#0d8a83", "#e4f4f3"),
        ("code", "#d3304f", "#fde9ec"),
    ],
};

pub const DARK: Ink = Ink {
    ground: "#10131b",
    surface: "#181c26",
    text: "#e7e9f0",
    muted: "#9aa0b0",
    line: "#2b303d",
    strong: "#545b6d",
    bad: "#96525c",
    note: "#2c2518",
    families: [
        ("trigger", "#3cc796", "#173029"),
        ("web", "#5db6ec", "#172c3b"),
        ("message", "#b48af0", "#272040"),
        ("flow", "#eeab55", "#33281a"),
        ("data", "#4fc4bd", "#17302f"),
        ("code", "#f37b90", "#381f26"),
    ],
};

/// Room around everything.
const MARGIN: f64 = 32.0;
/// As many letters as a title and the line below it have room for.
const TITLE: usize = 20;
const LINE: usize = 26;

/// The picture; `card` says what each node looks like. An empty workflow is an empty picture.
pub fn svg(workflow: &Workflow, card: impl Fn(&Node) -> Card, ink: &Ink) -> String {
    let cards: Vec<(&Node, Card)> = workflow.nodes.iter().map(|node| (node, card(node))).collect();
    let sheets =
        workflow.notes.iter().map(sheet).chain(workflow.groups.iter().filter_map(|group| frame(workflow, group)));
    let all = workflow.nodes.iter().map(|node| Rect::card(node.position)).chain(sheets);
    let Rect { x, y, width, height } = all.reduce(Rect::union).unwrap_or_default().grown(MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"{x} {y} {width} {height}\" \
         font-family=\"Inter, ui-sans-serif, system-ui, sans-serif\"><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" \
         height=\"{height}\" fill=\"{}\"/>",
        escaped(&workflow.name),
        ink.ground
    );
    workflow.groups.iter().for_each(|group| draw_group(&mut out, workflow, group, ink));
    workflow.notes.iter().for_each(|note| draw_note(&mut out, note, ink));
    workflow.edges.iter().for_each(|edge| draw_edge(&mut out, &cards, edge, ink));
    cards.iter().for_each(|(node, card)| draw_card(&mut out, node.position, card, ink));
    out.push_str("</svg>");
    out
}

fn sheet(note: &Note) -> Rect {
    Rect { x: note.position.x, y: note.position.y, width: note.width, height: note.height }
}

fn frame(workflow: &Workflow, group: &Group) -> Option<Rect> {
    let corners = group.nodes.iter().filter_map(|id| Some(workflow.node(id)?.position));
    let around = Rect::around(corners)?.grown(24.0);
    Some(Rect { y: around.y - 28.0, height: around.height + 28.0, ..around })
}

// Writing to a String does not fail; `let _` says so in each of these.

fn draw_group(out: &mut String, workflow: &Workflow, group: &Group, ink: &Ink) {
    let Some(Rect { x, y, width, height }) = frame(workflow, group) else { return };
    let _ = write!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"16\" fill=\"none\" stroke=\"{}\" stroke-dasharray=\"4 4\"/>\
         <text x=\"{}\" y=\"{}\" font-size=\"12\" font-weight=\"600\" fill=\"{}\">{}</text>",
        ink.strong,
        x + 14.0,
        y + 20.0,
        ink.muted,
        escaped(&group.name)
    );
}

fn draw_note(out: &mut String, note: &Note, ink: &Ink) {
    let Rect { x, y, width, height } = sheet(note);
    let _ = write!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"10\" fill=\"{}\" stroke=\"{}\"/>",
        ink.note, ink.line
    );
    let letters = ((width - 28.0) / 6.2).max(8.0) as usize;
    let most = ((height - 20.0) / 18.0).max(1.0) as usize;
    let words = note.text.lines().flat_map(|line| wrapped(line.trim_start_matches(['#', ' ']), letters));
    for (index, line) in words.take(most).enumerate() {
        let _ = write!(
            out,
            "<text x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"{}\">{}</text>",
            x + 14.0,
            y + 26.0 + 18.0 * index as f64,
            ink.text,
            escaped(&line)
        );
    }
}

/// The line in pieces of so many letters, broken between words where that is possible.
fn wrapped(line: &str, letters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split_whitespace() {
        let last = lines.last_mut().expect("there is always a last line");
        match last.is_empty() || last.chars().count() + 1 + word.chars().count() <= letters {
            true if last.is_empty() => last.push_str(word),
            true => {
                last.push(' ');
                last.push_str(word);
            }
            false => lines.push(word.to_owned()),
        }
    }
    lines
}

fn draw_edge(out: &mut String, cards: &[(&Node, Card)], edge: &Edge, ink: &Ink) {
    let find = |id| cards.iter().find(|(node, _)| node.id == id);
    let (Some((from, source)), Some((to, target))) = (find(edge.from.node.clone()), find(edge.to.node.clone())) else {
        return;
    };
    let on = |at: Point, offset: Point| Point { x: at.x + offset.x, y: at.y + offset.y };
    let curve = Curve::between(on(from.position, source.output(&edge.from.port)), on(to.position, target.input()));
    let colour = if edge.from.port == port::ERROR { ink.bad } else { ink.strong };
    let _ = write!(out, "<path d=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.75\"/>", curve.path());
}

fn draw_card(out: &mut String, at: Point, card: &Card, ink: &Ink) {
    let Point { x, y } = at;
    let (_, tint, soft) = ink.families.iter().find(|(name, ..)| *name == card.family).unwrap_or(&ink.families[0]);
    let dash = if card.disabled { " stroke-dasharray=\"4 3\"" } else { "" };
    let (rx, middle) = (if card.start { 28.0 } else { 12.0 }, y + CARD.height / 2.0);
    let _ = write!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"{rx}\" fill=\"{}\" stroke=\"{}\"{dash}/>\
         <rect x=\"{}\" y=\"{}\" width=\"36\" height=\"36\" rx=\"8\" fill=\"{soft}\"/>\
         <path transform=\"translate({} {}) scale(.75)\" d=\"{}\" fill=\"none\" stroke=\"{tint}\" stroke-width=\"1.75\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>\
         <text x=\"{}\" y=\"{}\" font-size=\"13\" font-weight=\"600\" fill=\"{}\">{}</text>\
         <text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{}\">{}</text>",
        CARD.width,
        CARD.height,
        ink.surface,
        ink.line,
        x + 13.0,
        y + 14.0,
        x + 22.0,
        y + 23.0,
        card.icon.path(),
        x + 59.0,
        middle - 3.0,
        if card.disabled { ink.muted } else { ink.text },
        escaped(&short(&card.title, TITLE)),
        x + 59.0,
        middle + 13.0,
        ink.muted,
        escaped(&short(&card.line, LINE))
    );
    let ports = card.outputs.iter().filter(|output| output.name != port::ERROR);
    let places = ports.map(|output| (card.output(&output.name), output.label.as_str()));
    for (place, label) in places.chain((!card.start).then(|| (card.input(), ""))) {
        let (px, py) = (x + place.x, y + place.y);
        let _ = write!(
            out,
            "<circle cx=\"{px}\" cy=\"{py}\" r=\"5\" fill=\"{}\" stroke=\"{}\" stroke-width=\"1.75\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"11\" fill=\"{}\">{}</text>",
            ink.surface,
            ink.strong,
            px + 10.0,
            py - 4.0,
            ink.muted,
            escaped(label)
        );
    }
}

fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        text.to_owned()
    } else {
        text.chars().take(letters - 1).chain(['…']).collect()
    }
}

/// For text and attributes of XML, without what XML cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::template, ui::kind};

    #[test]
    fn a_picture_holds_every_card_and_edge_and_escapes_what_people_wrote() {
        let mut workflow = template::ALL[0].workflow();
        workflow.nodes[0].name = "<script>".to_owned();
        workflow.notes.push(Note { text: "# A & B".to_owned(), ..Note::new("note_1".into(), Point::default()) });
        for ink in [&LIGHT, &DARK] {
            let svg = svg(&workflow, |node| kind::card(node, 0), ink);
            assert!(svg.starts_with("<svg xmlns") && svg.ends_with("</svg>"));
            assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script") && svg.contains("A &amp; B"));
            assert!(svg.matches("<path d=").count() == workflow.edges.len());
        }
        assert!(svg(&Workflow::default(), |node| kind::card(node, 0), &LIGHT).contains("<title></title>"));
    }

    #[test]
    fn long_words_are_shortened_and_lines_wrapped() {
        assert_eq!(short("abcdef", 4), "abc…");
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
    }
}
