//! The advice's model against reality: constants fitted on one small deployment and frozen, then two others of another
//! shape predicted by the very formulas of `symbolon advise`, and measured on a running `symbolon serve`.

mod commit;
mod fit;
mod shapes;
mod site;

use advisor::Constants;

use crate::harness::{Fault, Ground};
use crate::world;
use fit::Fitted;

/// A prediction is as good as this, or the command says no.
const WITHIN: f64 = 0.25;

/// One figure of a shape.
pub(super) struct Row {
    shape: &'static str,
    figure: &'static str,
    unit: &'static str,
    predicted: f64,
    measured: f64,
}

impl Row {
    fn off(&self) -> f64 {
        if self.measured == self.predicted {
            return 0.0;
        }
        self.predicted / self.measured - 1.0
    }

    fn is_within(&self) -> bool {
        self.off().abs() <= WITHIN
    }
}

/// Fits, predicts, measures, and prints one table; whether all of it agrees.
///
/// # Errors
/// Something could not be measured.
pub(crate) fn run(ground: &Ground) -> Result<bool, Fault> {
    world::note("fitting the constants on one small deployment ...");
    let (fitted, rows) = compared(ground)?;
    world::line(&fitted.text());
    world::line(&table(&rows));
    Ok(rows.iter().all(Row::is_within))
}

fn compared(ground: &Ground) -> Result<(Fitted, Vec<Row>), Fault> {
    let (mut fitted, small) = fit::fit(ground)?;
    world::note("measuring a service API of many tokens ...");
    let (mut rows, api) = shapes::service_api(ground, &fitted)?;
    world::note("measuring a web application and a partner that introspects ...");
    let (others, web) = shapes::web_and_partner(ground, &fitted)?;
    rows.extend(others);
    world::note("revoking at all three in turns ...");
    let mut exposures = site::exposures(&[&small, &api, &web])?.into_iter();
    fitted.propagation_ms = exposures.next().unwrap_or_default();
    let (api, web) = (
        exposures.next().unwrap_or_default(),
        exposures.next().unwrap_or_default(),
    );
    rows.extend(shapes::exposures(&fitted, &api, &web)?);
    Ok((fitted, rows))
}

/// Fits the constants and prints them as a file for `symbolon advise --constants`.
///
/// # Errors
/// Something could not be measured.
pub(crate) fn constants(ground: &Ground) -> Result<bool, Fault> {
    world::note("measuring this machine's constants: some seconds ...");
    let (mut fitted, small) = fit::fit(ground)?;
    fitted.propagation_ms = site::exposures(&[&small])?.into_iter().flatten().collect();
    world::line(&fitted.text());
    Ok(true)
}

fn table(rows: &[Row]) -> String {
    let mut text = format!(
        "{:16} {:38} {:>12} {:>12} {:>8}\n",
        "deployment", "figure", "predicted", "measured", "off by"
    );
    for row in rows {
        let mark = if row.is_within() { "" } else { "  MISSED" };
        text.push_str(&format!(
            "{:16} {:38} {:>12.4} {:>12.4} {:>6.1} %{mark}\n",
            row.shape,
            format!("{}, {}", row.figure, row.unit),
            row.predicted,
            row.measured,
            row.off() * 100.0
        ));
    }
    let missed = rows.iter().filter(|row| !row.is_within()).count();
    text.push_str(&format!(
        "{} of {} within {:.0} %",
        rows.len() - missed,
        rows.len(),
        WITHIN * 100.0
    ));
    text
}

/// The model's constants with the fitted ones in their places.
fn frozen(fitted: &Fitted) -> Result<Constants, Fault> {
    let mut constants = Constants::default();
    for (name, value, _) in fitted.constants() {
        let set = constants.set(name, value);
        set.map_err(|why| Fault::new(format!("{name} = {value} {why}")))?;
    }
    Ok(constants)
}

#[cfg(test)]
mod tests;
