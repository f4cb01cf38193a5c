//! JavaScript by QuickJS, in this process: data in as JSON, a value out as JSON, `console` to standard output. It has
//! no other way to the outside.

use std::{io, io::Write, time::Duration, time::Instant};

use rquickjs::{
    CatchResultExt, CaughtError, Context, Ctx, Error, Exception, Function, Object, Promise, Runtime, Value,
    context::EvalOptions, prelude::Rest,
};

use super::{
    super::message::{End, MAX_RESULT},
    Job, told,
};

const STACK_BYTES: usize = 1024 * 1024;
/// Before the task says what it may use.
const FIRST_MEMORY_BYTES: usize = 64 * 1024 * 1024;

/// Ready to evaluate once.
pub struct Engine {
    runtime: Runtime,
    context: Context,
}

impl Engine {
    pub fn new() -> io::Result<Self> {
        let runtime = Runtime::new().map_err(|error| told("start JavaScript", &error))?;
        runtime.set_memory_limit(FIRST_MEMORY_BYTES);
        runtime.set_max_stack_size(STACK_BYTES);
        let context = Context::full(&runtime).map_err(|error| told("start JavaScript", &error))?;
        Ok(Self { runtime, context })
    }

    /// What the code returns, as JSON; none counts as null.
    pub fn evaluate(&self, job: &Job, data: &[u8]) -> (End, Vec<u8>) {
        let ends_at = Instant::now() + Duration::from_secs(job.cpu_secs);
        self.runtime.set_memory_limit(usize::try_from(job.memory_bytes).unwrap_or(FIRST_MEMORY_BYTES));
        self.runtime.set_interrupt_handler(Some(Box::new(move || Instant::now() >= ends_at)));
        let result = self.context.with(|ctx| {
            call(&ctx, &job.code, data).catch(&ctx).map_err(|error| words(&error, Instant::now() >= ends_at))
        });
        match result {
            Ok(json) if json.len() > MAX_RESULT => (End { too_large: true, ..End::default() }, Vec::new()),
            Ok(json) => (End { exit_code: Some(0), ..End::default() }, json.into_bytes()),
            Err(error) => (End { error: Some(error), ..End::default() }, Vec::new()),
        }
    }
}

fn call(ctx: &Ctx<'_>, code: &str, data: &[u8]) -> rquickjs::Result<String> {
    // On one line with its begin, so that lines are counted as the author counts them.
    let source = format!("(async function (input, items, data, console) {{{code}\n}})");
    let mut options = EvalOptions::default();
    options.filename = Some("code".to_owned());
    let function: Function = ctx.eval_with_options(source, options)?;
    let given: Object = ctx.json_parse(data)?.get()?;
    let (input, data): (Value, Value) = (given.get("input")?, given.get("data")?);
    let items = match input.is_array() {
        true => input.clone(),
        false => {
            let items = rquickjs::Array::new(ctx.clone())?;
            items.set(0, input.clone())?;
            items.into_value()
        }
    };
    let promise: Promise = function.call((input, items, data, console(ctx)?))?;
    let value: Value = promise.finish()?;
    if value.is_undefined() {
        return Ok("null".to_owned());
    }
    ctx.json_stringify(value)?.map_or_else(|| Ok("null".to_owned()), |text| text.to_string())
}

/// Every method writes its arguments as one line.
fn console<'js>(ctx: &Ctx<'js>) -> rquickjs::Result<Object<'js>> {
    let console = Object::new(ctx.clone())?;
    for name in ["log", "info", "debug", "warn", "error"] {
        console.set(name, Function::new(ctx.clone(), print)?)?;
    }
    Ok(console)
}

fn print<'js>(ctx: Ctx<'js>, values: Rest<Value<'js>>) -> rquickjs::Result<()> {
    let mut line = Vec::new();
    for value in values.0 {
        let text = match value.as_string() {
            Some(text) => text.to_string()?,
            None => ctx.json_stringify(value)?.map_or_else(|| Ok("undefined".to_owned()), |text| text.to_string())?,
        };
        line.push(text);
    }
    // Where nobody reads any more, nobody misses it.
    let _ = writeln!(io::stdout(), "{}", line.join(" "));
    Ok(())
}

/// What went wrong, with its line.
fn words(error: &CaughtError<'_>, is_late: bool) -> String {
    match error {
        CaughtError::Exception(exception) => {
            let name: Option<String> = exception.as_object().get("name").ok();
            let message = exception.message().unwrap_or_default();
            if is_late && message == "interrupted" {
                return "The code ran for longer than its timeout.".to_owned();
            }
            let told = format!("{}: {message}", name.as_deref().unwrap_or("Error"));
            line_of(exception).map_or(told.clone(), |line| format!("{told} (line {line})"))
        }
        CaughtError::Value(value) => {
            let text = value.as_string().and_then(|text| text.to_string().ok());
            format!("The code threw {}.", text.unwrap_or_else(|| format!("{value:?}")))
        }
        CaughtError::Error(Error::WouldBlock) => "The code waits for something that never comes.".to_owned(),
        CaughtError::Error(error) => error.to_string(),
    }
}

fn line_of(exception: &Exception<'_>) -> Option<u32> {
    let stack = exception.stack()?;
    let place = stack.split("code:").nth(1)?;
    place.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
