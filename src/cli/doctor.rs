//! `keyward doctor`: one line for each thing that must be right before the server starts.

use crate::{app::clock::Clock, services::doctor};

use super::{Settings, Stop, output};

pub async fn run(settings: &Settings) -> Result<(), Stop> {
    let config = match settings.load() {
        Ok(config) => config,
        Err(stop) => {
            output::say("bad   configuration");
            return Err(stop);
        }
    };
    output::say("good  configuration");
    let mut bad = 0;
    for finding in doctor::examine(&config, Clock::system().now()).await {
        match finding.problem {
            None => output::say(&format!("good  {}", finding.what)),
            Some(problem) => {
                bad += 1;
                output::say(&format!("bad   {}: {problem}", finding.what));
            }
        }
    }
    if bad == 0 { Ok(()) } else { Err(Stop::Failed(format!("{bad} of these must be mended"))) }
}
