//! `completions` and `man`: what shells and `man` know of the commands, made from the same table as `--help`.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::CommandError;

#[derive(Args)]
pub(super) struct CompletionsFlags {
    /// The shell that is to complete our commands and flags
    shell: Shell,
}

#[derive(Args)]
pub(super) struct ManFlags {
    /// Of one command only, such as `plan` or `dead-letters list`
    command: Vec<String>,
}

pub(super) fn completions(flags: &CompletionsFlags, mut program: Command) -> Result<ExitCode, CommandError> {
    let name = program.get_name().to_owned();
    // Written when it is whole: it knows no error of a writer.
    let mut script = Vec::new();
    clap_complete::generate(flags.shell, &mut program, name, &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(flags: &ManFlags, mut program: Command) -> Result<ExitCode, CommandError> {
    program.build();
    let mut page = &program;
    for name in &flags.command {
        page = page.find_subcommand(name).ok_or_else(|| {
            CommandError::Usage(format!("there is no command `{}`", flags.command.join(" ")))
        })?;
    }
    // As `man` finds it, and as the program's own page refers to it.
    let name = page.get_display_name().unwrap_or(page.get_name()).to_owned();
    let mut roff = Vec::new();
    clap_mangen::Man::new(page.clone().name(name)).render(&mut roff)?;
    std::io::stdout().write_all(&roff)?;
    Ok(ExitCode::SUCCESS)
}
