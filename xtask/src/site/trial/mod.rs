//! stub
use super::output::Output;
use anyhow::Result;
/// stub
pub fn run(_address: &str, _output: &Output, _pictures: bool) -> Result<()> {
    Ok(())
}
