//! A plug-in by wasmi, in this process: JSON in, JSON out, bounded in memory and instructions. It may write lines of log,
//! and ask the server for an answer of the web.

use std::{cell::RefCell, io, io::Write, os::unix::net::UnixStream, rc::Rc};

use wasmi::{
    Caller, Config, Engine, Error, Extern, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder, TrapCode,
    TypedFunc,
};

use super::{
    super::message::{End, MAX_RESULT},
    Job, Report, Request, message,
};

/// What host functions work with.
struct Host {
    limits: StoreLimits,
    server: Rc<RefCell<UnixStream>>,
}

/// What the module hands on, for an input.
pub fn run(control: &UnixStream, job: &Job, bytes: &[u8]) -> io::Result<(End, Vec<u8>)> {
    let (module, input) = bytes.split_at_checked(job.module_bytes).ok_or_else(|| io::Error::other("no module came"))?;
    let server = Rc::new(RefCell::new(control.try_clone()?));
    Ok(match perform(server, job, module, input) {
        Ok(output) if output.len() > MAX_RESULT => (End { too_large: true, ..End::default() }, Vec::new()),
        Ok(output) => (End { exit_code: Some(0), ..End::default() }, output),
        Err(error) => (End { error: Some(words(&error)), ..End::default() }, Vec::new()),
    })
}

fn perform(server: Rc<RefCell<UnixStream>>, job: &Job, module: &[u8], input: &[u8]) -> Result<Vec<u8>, Error> {
    let mut config = Config::default();
    config.consume_fuel(true);
    let engine = Engine::new(&config);
    let module = Module::new(&engine, module)?;
    let memory_bytes = usize::try_from(job.memory_bytes).unwrap_or(usize::MAX);
    let limits =
        StoreLimitsBuilder::new().memory_size(memory_bytes).memories(1).instances(1).table_elements(100_000).build();
    let mut store = Store::new(&engine, Host { limits, server });
    store.limiter(|host| &mut host.limits);
    store.set_fuel(job.fuel)?;
    let mut linker = Linker::<Host>::new(&engine);
    linker.func_wrap("flowpilot", "log", log)?;
    linker.func_wrap("flowpilot", "http", http)?;
    let instance = linker.instantiate_and_start(&mut store, &module)?;
    let memory = instance.get_memory(&store, "memory").ok_or_else(|| Error::new("it exports no memory"))?;
    let allocate = instance.get_typed_func::<u32, u32>(&store, "allocate")?;
    let run = instance.get_typed_func::<(u32, u32), u64>(&store, "run")?;
    let at = allocate.call(&mut store, input.len() as u32)?;
    memory.write(&mut store, at as usize, input).map_err(|_| outside())?;
    let packed = run.call(&mut store, (at, input.len() as u32))?;
    read(&memory, &store, (packed >> 32) as u32, packed as u32)
}

/// `log(at, length)`: a line of log.
fn log(caller: Caller<'_, Host>, at: u32, length: u32) -> Result<(), Error> {
    let line = read(&memory_of(&caller)?, &caller, at, length)?;
    // Where nobody reads any more, nobody misses it.
    let _ = writeln!(io::stdout(), "{}", String::from_utf8_lossy(&line));
    Ok(())
}

/// `http(at, length)`: asks the server; where the answer is, and its length, packed into one number.
fn http(mut caller: Caller<'_, Host>, at: u32, length: u32) -> Result<u64, Error> {
    let memory = memory_of(&caller)?;
    let wish = read(&memory, &caller, at, length)?;
    let answer = {
        let mut server = caller.data().server.borrow_mut();
        message::send(&mut *server, &Report::Asked, &wish).map_err(|_| Error::new("the server is gone"))?;
        match message::receive::<Request>(&mut *server) {
            Ok((Request::Answered, answer)) => answer,
            _ => return Err(Error::new("the server is gone")),
        }
    };
    let Some(Extern::Func(allocate)) = caller.get_export("allocate") else { return Err(outside()) };
    let allocate: TypedFunc<u32, u32> = allocate.typed(&caller)?;
    let place = allocate.call(&mut caller, answer.len() as u32)?;
    memory.write(&mut caller, place as usize, &answer).map_err(|_| outside())?;
    Ok((u64::from(place) << 32) | answer.len() as u64)
}

fn memory_of(caller: &Caller<'_, Host>) -> Result<Memory, Error> {
    match caller.get_export("memory") {
        Some(Extern::Memory(memory)) => Ok(memory),
        _ => Err(Error::new("it exports no memory")),
    }
}

fn read(memory: &Memory, store: impl wasmi::AsContext, at: u32, length: u32) -> Result<Vec<u8>, Error> {
    let (at, length) = (at as usize, length as usize);
    memory.data(&store).get(at..at.saturating_add(length)).map(<[u8]>::to_vec).ok_or_else(outside)
}

fn outside() -> Error {
    Error::new("it points outside of its memory")
}

fn words(error: &Error) -> String {
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => "The plug-in took more instructions than it may.".to_owned(),
        Some(TrapCode::StackOverflow) => "The plug-in nested its calls too deep.".to_owned(),
        Some(TrapCode::UnreachableCodeReached) => "The plug-in broke off (unreachable).".to_owned(),
        _ => format!("The plug-in broke off: {error}."),
    }
}
