//! The machine, in full.

use tachograph_model::Fingerprint;

use crate::{
    machine,
    number::{UNMEASURED, bytes, short, thousands},
    style::{Ink, Style},
    text::hanging,
};

/// Everything that a fingerprint says, and what it could not read.
pub fn fingerprint_text(machine: &Fingerprint, style: Style) -> String {
    let mut out = String::new();
    let mut line = |word: &str, text: &str| {
        let head = format!("{word:<13} ");
        for line in hanging(&head, text, style.columns()) {
            out.push_str(&line);
            out.push('\n');
        }
    };
    let dash = |text: Option<String>| text.unwrap_or_else(|| UNMEASURED.to_owned());
    let cpu = &machine.cpu;
    line("processor", &dash(cpu.model.clone()));
    let physical = cpu.physical_cores.map(|n| format!("{n} physical")).unwrap_or_default();
    let cores = format!("{} usable, {physical}", cpu.logical_cores);
    line("cores", cores.trim_end_matches(", "));
    line("architecture", &cpu.arch);
    let features = cpu.features.join(" ");
    line("instructions", if features.is_empty() { UNMEASURED } else { &features });
    line("clock", &dash(cpu.mhz.map(|mhz| format!("{} MHz", thousands(mhz)))));
    line("governor", &dash(cpu.governor.clone()));
    let memory = &machine.memory;
    let total = if memory.total_bytes > 0 { bytes(memory.total_bytes) } else { UNMEASURED.into() };
    line(
        "memory",
        &format!(
            "{total}, {} available, {} of swap in use",
            bytes(memory.available_bytes),
            bytes(memory.swap_used_bytes),
        ),
    );
    let os = &machine.os;
    line("system", &dash(os.name.clone().or_else(|| Some(os.family.clone()))));
    line("kernel", &dash(os.kernel.clone()));
    line("runs in", os.virtualization.as_deref().unwrap_or("no container or VM that shows"));
    let accelerators = machine::accelerators(machine);
    for (index, text) in accelerators.iter().enumerate() {
        line(if index == 0 { "accelerators" } else { "" }, text);
    }
    if accelerators.is_empty() {
        line("accelerators", "none found");
    }
    line("load", &dash(machine.load_1m.map(short)));
    for line in hanging("hash ", &machine.hash.to_string(), style.columns()) {
        out.push_str(&format!("{line}\n"));
    }
    if !machine.unread.is_empty() {
        out.push_str("\nNot read:\n");
        for gap in &machine.unread {
            let text = format!("{}: {}", gap.field, gap.reason);
            for line in hanging("  ", &text, style.columns()) {
                out.push_str(&style.paint(Ink::Quiet, &line));
                out.push('\n');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_machine() {
        insta::assert_snapshot!(
            "fingerprint",
            fixture::fits(&fingerprint_text(&fixture::machine(), Style::plain(80)))
        );
    }

    #[test]
    fn odd_names_break_no_line() {
        let mut odd = fixture::hostile_result().fingerprint;
        odd.unread[0].reason = fixture::nasty("reason");
        odd.cpu.features = vec![fixture::nasty("feature")];
        fixture::fits(&fingerprint_text(&odd, Style::plain(80)));
    }
}
