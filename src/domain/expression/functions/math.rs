//! `Math.*`. Only what gives the same digits on every machine.

use super::value;
use crate::domain::expression::{
    ast::Function,
    budget::Budget,
    convert::to_number,
    error::{Fault, Outcome},
    eval::Arg,
};

pub fn call(function: Function, arguments: &[Arg], budget: &Budget) -> Outcome<f64> {
    let number = |index| to_number(&value(arguments, index)?, budget);
    Ok(match function {
        Function::MathAbs => number(0)?.abs(),
        Function::MathCeil => number(0)?.ceil(),
        Function::MathFloor => number(0)?.floor(),
        Function::MathRound => round(number(0)?),
        Function::MathTrunc => number(0)?.trunc(),
        Function::MathSign => sign(number(0)?),
        Function::MathSqrt => number(0)?.sqrt(),
        Function::MathPow => power(number(0)?, number(1)?),
        Function::MathMin => -greatest(arguments, |number| -number, budget)?,
        Function::MathMax => greatest(arguments, |number| number, budget)?,
        other => return Err(Fault::new(format!("{} is not available here.", other.name()))),
    })
}

/// `**`: like C's pow but for 1 and -1 to what is no finite number.
pub fn power(base: f64, exponent: f64) -> f64 {
    if exponent.is_nan() || (base.abs() == 1.0 && exponent.is_infinite()) { f64::NAN } else { base.powf(exponent) }
}

fn round(number: f64) -> f64 {
    let floor = number.floor();
    let rounded = if number - floor >= 0.5 { floor + 1.0 } else { floor };
    rounded.copysign(number)
}

fn sign(number: f64) -> f64 {
    if number == 0.0 || number.is_nan() { number } else { number.signum() }
}

fn greatest(arguments: &[Arg], map: impl Fn(f64) -> f64, budget: &Budget) -> Outcome<f64> {
    budget.scan(arguments.len())?;
    let mut greatest = f64::NEG_INFINITY;
    for index in 0..arguments.len() {
        let number = map(to_number(&value(arguments, index)?, budget)?);
        let is_greater = number > greatest || (number == 0.0 && greatest == 0.0 && number.is_sign_positive());
        if number.is_nan() || (is_greater && !greatest.is_nan()) {
            greatest = number;
        }
    }
    Ok(greatest)
}
