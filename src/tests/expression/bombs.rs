//! Expressions that want too much end with an error, soon, and on a small stack.

use std::time::{Duration, Instant};

use flowpilot::domain::expression::{Scope, evaluate, template};
use serde_json::json;

use super::scope;

fn doubling(times: usize) -> String {
    let mut bomb = "\"aaaaaaaa\"".to_owned();
    for _ in 0..times {
        bomb = format!("[{bomb}].map(x => x + x)[0]");
    }
    bomb
}

fn bombs() -> Vec<String> {
    let range = "\"a\".repeat(2000).split(\"\")";
    let mut bombs = vec![
        "\"a\".repeat(1e9)".to_owned(),
        "\"a\".repeat(1e308)".to_owned(),
        "\"a\".padStart(1e9)".to_owned(),
        "\"a\".padEnd(4e6, \"xy\")".to_owned(),
        "\"a\".repeat(4000000).repeat(4000000)".to_owned(),
        "\"a\".repeat(3000).replaceAll(\"a\", \"b\".repeat(3000))".to_owned(),
        "\"a\".repeat(3000).replaceAll(\"\", \"b\".repeat(3000))".to_owned(),
        "\"a\".repeat(2000).split(\"\").join(\"b\".repeat(5000))".to_owned(),
        "\"a\".repeat(2000).replaceAll(\"a\", \"$`$'\")".to_owned(),
        "\"a\".repeat(4000000).split(\"\")".to_owned(),
        "\"a\".repeat(3000000)".to_owned(),
        format!("{range}.map(x => {range})"),
        format!("{range}.map(x => {range}.map(y => {range}))"),
        format!("{range}.flatMap(x => {range})"),
        format!("{range}.reduce((a, x) => [a, a], 1)"),
        format!("{range}.reduce((a, x) => [...a, ...a], [1])"),
        format!("{range}.reduce((a, x) => ({{ ...a, [x + Object.keys(a).length]: a }}), {{}})"),
        format!("{range}.reduce((a, x) => [a], 0)"),
        format!("{range}.reduce((a, x) => ({{ a }}), 0)"),
        format!("{range}.reduce((a, x) => a + a, \"aa\")"),
        format!("{range}.reduce((a, x) => `${{a}}${{a}}`, \"aa\")"),
        format!("{range}.reduce((a, x) => a.concat(a), [1])"),
        format!("{range}.reduce((a, x) => JSON.stringify(a), \"\\\"\\\\\")"),
        format!("{range}.reduce((a, x) => [a, a].flat(Infinity), [1, 1])"),
        format!("{range}.map(x => {range}.toSorted((a, b) => 1))"),
        format!("{range}.map(x => \"a\".repeat(100000).includes(\"b\"))"),
        format!("{range}.map(x => matches(\"a\".repeat(10000), \"(a*)*b\"))"),
        "matches(\"a\".repeat(100000), \"(a|aa)+$\")".to_owned(),
        "matches(\"aaaa\", \"(((a{1,100}){1,100}){1,100}){1,100}\")".to_owned(),
        "matches(\"a\".repeat(100), \"((((((((((a*)*)*)*)*)*)*)*)*)*)*\" + \"(\".repeat(3000))".to_owned(),
        "JSON.parse(\"[\".repeat(100000))".to_owned(),
        "JSON.parse(\"[\" + \"0,\".repeat(200000) + \"0]\")".to_owned(),
        "JSON.parse(\"[\".repeat(120) + \"]\".repeat(120))".to_owned(),
        "input.big.map(x => input.big.map(y => 1))".to_owned(),
        "[input.big, input.big, input.big]".to_owned(),
        "JSON.stringify(input.big) + JSON.stringify(input.big) + JSON.stringify(input.big)".to_owned(),
        "input.deep".to_owned(),
        "Math.max(...input.big.concat(input.big, input.big, input.big))".to_owned(),
    ];
    bombs.extend((12..28).map(doubling));
    for unit in ["x + x", "[x, x]", "`${x}${x}`", "({ a: x, b: x })", "[...x, ...x]", "x.concat(x)"] {
        for seed in ["\"aaaaaaaa\"", "[1, 2, 3, 4]"] {
            bombs.push(format!("{range}.reduce((x, y) => {unit}, {seed})"));
        }
    }
    bombs
}

/// Every way to begin, to grow and to repeat, with each other.
fn generated() -> Vec<String> {
    let seeds = [
        "\"aaaaaaaa\"",
        "[1, 2, 3, 4]",
        "{ a: 1 }",
        "input.big",
        "input.deep",
        "\"a\".repeat(9999)",
        "1e308",
        "\"ä😀\"",
        "[[[[1]]]]",
        "JSON.stringify(input.numbers ?? [0])",
    ];
    let growths = [
        "x + x",
        "[x, x]",
        "`${x}${x}${x}`",
        "({ a: x, b: x })",
        "[...String(x), ...String(x)]",
        "[x].concat(x, x)",
        "JSON.stringify([x, x])",
        "String(x).repeat(99)",
        "String(x).padEnd(99999, \"ab\")",
        "String(x).replaceAll(\"\", \"xy\")",
        "base64Encode(String(x) + x)",
        "encodeURIComponent(String(x) + \"ä\")",
        "replaceMatches(String(x), \".\", \"$0$0$0\")",
        "findMatches(String(x) + x, \"(a*)(b*)|(.)\")",
        "Object.entries({ x, y: [x] })",
        "sha256(String(x)).repeat(999)",
    ];
    let repeats = [
        "RANGE.reduce((x, y) => GROWTH, SEED)",
        "RANGE.map(y => [SEED].map(x => GROWTH))",
        "RANGE.flatMap(y => [SEED].flatMap(x => GROWTH))",
        "[SEED].map(x => GROWTH).map(x => GROWTH).map(x => GROWTH).map(x => GROWTH).map(x => GROWTH)[0]",
        "RANGE.map(y => RANGE.filter(z => [SEED].some(x => GROWTH === z)))",
        "RANGE.toSorted((a, b) => String([SEED].map(x => GROWTH)) > a ? 1 : -1)",
        "Object.fromEntries(RANGE.map((y, i) => [y + i, [SEED].map(x => GROWTH)]))",
    ];
    let range = "\"a\".repeat(2000).split(\"\")";
    let mut all = Vec::new();
    for repeat in repeats {
        for growth in growths {
            for seed in seeds {
                all.push(repeat.replace("RANGE", range).replace("GROWTH", growth).replace("SEED", seed));
            }
        }
    }
    all
}

fn hostile() -> Scope {
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let big: Vec<_> = (0..60_000).map(|number| json!({ "number": number })).collect();
    Scope { input: json!({ "big": big, "deep": deep, "text": "a, b\n".repeat(50_000) }), ..scope() }
}

/// What goes through much data again and again, or makes much of it.
fn greedy() -> Vec<&'static str> {
    vec![
        "input.big.map(x => input.big.includes(7))",
        "input.big.some(x => input.big.some(y => false))",
        "input.big.some(x => input.big.lastIndexOf(-1) === 0)",
        "input.big.some(x => input.text.length < 0)",
        "input.big.some(x => input.text.includes(\"zz\"))",
        "input.big.some(x => matches(input.text.slice(0, 2000), \"(a|aa)+$\"))",
        "input.big.some(x => JSON.stringify(input.big) === \"\")",
        "input.big.some(x => String(input.big) === \"\")",
        "input.big.some(x => `${input.big}` === \"\")",
        "input.big.toSorted((a, b) => input.big.findIndex(x => x === a))",
        "input.big.flatMap(x => input.big)",
        "input.big.reduce((all, x) => [...all, x], [])",
        "input.big.reduce((all, x) => ({ ...all, [x.number]: x }), {})",
        "input.text.split(\"\").map(x => input.text.split(x))",
        "input.text.replaceAll(\"a\", x => input.text)",
        "Object.entries(input.big).map(pair => Object.entries(input.big))",
    ]
}

/// Less than a worker thread of the server has; unoptimised code needs the most.
const STACK: usize = 1024 * 1024;

fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread");
    thread.join().expect("no overflow and no panic");
}

#[test]
fn bombs_end_with_an_error_soon() {
    on_a_small_stack(|| {
        let scope = hostile();
        for bomb in bombs().into_iter().chain(greedy().into_iter().map(str::to_owned)) {
            let start = Instant::now();
            let ended = evaluate(&bomb, &scope);
            let elapsed = start.elapsed();
            // Unoptimised and beside other work; optimised, the slowest takes less than 250 ms.
            assert!(elapsed < Duration::from_secs(60), "{bomb} took {elapsed:?}");
            if let Ok(value) = ended {
                assert!(value.to_string().len() < 1_100_000, "{bomb} has a result of {}", value.to_string().len());
            }
        }
    });
}

#[test]
fn a_thousand_generated_bombs_abort_nothing() {
    on_a_small_stack(|| {
        let scope = Scope { input: json!({ "big": vec![7; 2_000], "deep": hostile().input["deep"] }), ..scope() };
        let bombs = generated();
        assert!(bombs.len() >= 1_000, "{}", bombs.len());
        let refused = bombs.iter().filter(|bomb| match evaluate(bomb, &scope) {
            Ok(value) => {
                assert!(value.to_string().len() < 1_100_000, "{bomb} has a result of {}", value.to_string().len());
                false
            }
            Err(error) => {
                let is_read = !error.message.contains("There is no") && !error.message.contains("is missing");
                assert!(is_read, "{bomb} does not even read: {}", error.message);
                true
            }
        });
        assert!(refused.count() * 2 > bombs.len(), "most of them want too much");
    });
}

/// Set in the process that does nothing but this test.
const ALONE: &str = "FLOWPILOT_TEST_BOMBS_ALONE";

/// The most memory that this process ever held; none where the system does not tell.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn all_bombs_together_take_little_memory() {
    const NAME: &str = "expression::bombs::all_bombs_together_take_little_memory";
    if std::env::var_os(ALONE).is_none() {
        let tests = std::env::current_exe().expect("the tests");
        let child = std::process::Command::new(tests).args([NAME, "--exact", "--nocapture"]).env(ALONE, "1").output();
        let child = child.expect("a process");
        assert!(
            child.status.success(),
            "{}{}",
            String::from_utf8_lossy(&child.stdout),
            String::from_utf8_lossy(&child.stderr)
        );
        return;
    }
    let scope = hostile();
    let Some(before) = peak_kib() else { return };
    on_a_small_stack(move || {
        for bomb in bombs().into_iter().chain(generated()).chain(greedy().into_iter().map(str::to_owned)) {
            let _ = evaluate(&bomb, &scope);
        }
    });
    let more = peak_kib().unwrap_or(u64::MAX).saturating_sub(before);
    assert!(more <= 64 * 1024, "{more} KiB");
}

#[test]
fn most_bombs_are_refused_for_their_size() {
    let scope = hostile();
    let words =
        ["operations", "memory", "larger than", "too long", "nested deeper", "pattern", "is not JSON", "has more than"];
    let refused = bombs()
        .iter()
        .filter(|bomb| match evaluate(bomb, &scope) {
            Err(error) => {
                assert!(words.iter().any(|word| error.message.contains(word)), "{bomb}: {}", error.message);
                true
            }
            Ok(_) => false,
        })
        .count();
    assert!(refused * 10 >= bombs().len() * 9, "{refused} of {}", bombs().len());
}

#[test]
fn much_data_gives_many_operations_but_not_without_bound() {
    let scope = hostile();
    let sum = evaluate("input.big.reduce((sum, x) => sum + x.number, 0)", &scope);
    assert_eq!(sum.expect("60,000 items are within the limits"), json!(1_799_970_000_i64));
    let lines = evaluate("input.text.split(\"\\n\", 9000).map(line => line.split(\", \")[1]).length", &scope);
    assert_eq!(lines.expect("so are lines of a long text"), json!(9_000));
    for bomb in greedy() {
        let error = evaluate(bomb, &scope).expect_err(bomb);
        let is_bounded = error.message.contains("than 2000000 operations") || error.message.contains("memory");
        assert!(is_bounded, "{bomb}: {}", error.message);
    }
}

#[test]
fn what_an_expression_makes_itself_gives_no_operations() {
    let made = "\"a\".repeat(6000).split(\"\").map(x => x + x).length";
    let error = evaluate(made, &hostile()).expect_err("6,000 items without any data");
    assert!(error.message.contains("than 10000 operations"), "{}", error.message);
}

#[test]
fn the_deepest_expression_fits_a_small_stack() {
    on_a_small_stack(|| {
        // Every level nests all precedences, as deep as the reader goes.
        for level in [
            "(1||1&&1==1<1+1*",
            "[1||1&&1==1<1+1*",
            "[1].map(x=>1||x+",
            "true?1+1*",
            "!",
            "`${1+1*",
            "{a:1||1+",
            "-(1+",
        ] {
            for times in [5, 16, 31, 40, 200] {
                let open = level.repeat(times);
                let close: String = level.chars().filter_map(closing).collect::<String>();
                let text = format!("{open}1{}", close.repeat(times));
                let _ = evaluate(&text, &scope());
                let _ = evaluate(&format!("{open}1{}", format!("{close}:1").repeat(times)), &scope());
            }
        }
    });
}

fn closing(open: char) -> Option<char> {
    match open {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

#[test]
fn one_text_has_one_budget() {
    let scope = hostile();
    let many = "{{ input.big }}".repeat(10_000);
    let error = template(&many, &scope).expect_err("too much");
    assert!(error.message.contains("MiB"), "{error}");
    let work = "{{ \"a\".repeat(100).split(\"\").map(x => x).length }}".repeat(1_000);
    assert!(template(&work, &scope).expect_err("too much").message.contains("operations"));
    let long = format!("{{{{ 1 }}}}{}", "a".repeat(300_000));
    assert!(template(&long, &scope).expect_err("too long").message.contains("256 KiB"));
}
