//! Source code: Python and Rust of our own making.

use tachograph_metrics::Random;

use crate::{
    frames::{fill, pick},
    guide,
};

/// A language that code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Four spaces, type hints, docstrings.
    Python,
    /// Edition 2024.
    Rust,
}

const PYTHON: &[&str] = &[
    "$j1 = self.$i2.get(\"$j3\", $n)",
    "$j1 = [$i2.$i3 for $i2 in $j4 if $i2.$i3 is not None]",
    "if not $j1:\n    return $n",
    "if $i1.$i2 is None:\n    raise ValueError(\"$i1 has no $i2\")",
    "for $i1 in self.$j2:\n    $j3 += $i1.$i4 * $n",
    "for $i1, $i2 in $j3.items():\n    if $i2 > $k:\n        self.$f4($i1)",
    "$j1 = $f2($i3, $i4=$i4)",
    "self.$j1 = $f2(self.$i3)",
    "while $i1 < len($j2):\n    $j3.append($j2[$i1])\n    $i1 += $n",
    "try:\n    $j1 = $f2($i3)\nexcept KeyError as error:\n    log.warning(\"no $i3 in %s\", error)\n    raise",
    "with self.$i1.$w2() as $i3:\n    $i3.write($j4)",
    "$i1 = sorted($j2, key=lambda $i3: ($i3.$i4, -$i3.$i5))",
    "log.info(\"$w1 $i2 after %d $i3 entries\", len($j4))",
    "$j1 = max($j1, $i2.$i3 - $n)",
    "$j1, $j2 = self.$f3($i4)",
    "self.$j1[$i2] = $i3.$i4 or $n",
    "if $j1 % $n == 0 and $i2.$i3 != \"$i4\":\n    self.$f5($j1)",
    "assert $j1 >= 0, \"$i2 must not fall below zero\"",
    "$i1 = {\"$i2\": $j3, \"$i4\": round($j5, 2)}",
    "yield from self.$f1($i2, $n)",
    "$j1 = \"$i2-\" + str($i3.$i4)",
    "del self.$j1[$i2]",
];

const PYTHON_ENDS: &[&str] = &[
    "return $j1",
    "return self.$j1[-1]",
    "return $f1($j2)",
    "return sum($i1.$i2 for $i1 in $j3)",
    "return $I1($j2, $n)",
    "return {\"$i1\": $j2, \"$i3\": $n}",
    "return $j1 if $i2 else None",
];

const RUST: &[&str] = &[
    "let $j1 = self.$i2.get(&$i3).copied().unwrap_or($n);",
    "let $j1: Vec<_> = $j2.iter().filter(|$i3| $i3.$i4 > $n).collect();",
    "if $j1.is_empty() {\n    return Err(Error::Missing(\"$i2\"));\n}",
    "for $i1 in &self.$j2 {\n    $j3 += $i1.$i4 * $n;\n}",
    "match self.$f1($i2) {\n    Some($i3) => $j4.push($i3),\n    None => self.$j5 += 1,\n}",
    "let $j1 = $f2(&$i3, $n)?;",
    "self.$j1.insert($i2, $j3);",
    "while let Some($i1) = $j2.pop() {\n    if $i1.$i3 == $k {\n        break;\n    }\n}",
    "let ($i1, $i2) = $j3.split_at($n);",
    "$j1 = $j1.max($i2.$i3.saturating_sub($n));",
    "debug_assert!($j1 <= $j2, \"$i3 runs past its $i4\");",
    "let $i1 = $I2 { $i3: $j4, $i5: $n };",
    "$j1.sort_by_key(|$i2| ($i2.$i3, $i2.$i4));",
    "let $j1 = format!(\"$i2-{}\", $i3.$i4);",
    "if let Err(error) = self.$f1(&$j2) {\n    tracing::warn!(%error, \"could not $w3 the $i4\");\n}",
    "let $j1 = $i2.$i3.checked_add($n).ok_or(Error::Overflow)?;",
];

const RUST_ENDS: &[&str] = &[
    "Ok($j1)",
    "Ok($j1.into_iter().sum())",
    "Ok($I1 { $i2: $j3, $i4: $n })",
    "self.$f1(&$j2)",
    "Ok(self.$j1.len())",
];

/// One function with a line of documentation, ending in an empty line.
pub(crate) fn function(language: Language, random: &mut Random) -> String {
    match language {
        Language::Python => python(random),
        Language::Rust => rust(random),
    }
}

fn python(random: &mut Random) -> String {
    let method = random.below(3) > 0;
    let indent = if method { "    " } else { "" };
    let head = if method {
        "def $f1(self, $i2: str, $i3: int = $n) -> $I4:"
    } else {
        "def $f1($i2: $I2, $j3: list, $i4: int = $n) -> dict:"
    };
    let mut lines = Vec::new();
    if method && random.below(4) == 0 {
        lines.push(fill("class $I1$I2:", random));
        lines.push(format!("    \"\"\"{}\"\"\"\n", guide::sentence(random)));
    }
    lines.push(format!("{indent}{}", fill(head, random)));
    lines.push(format!("{indent}    \"\"\"{}\"\"\"", guide::sentence(random)));
    body(&mut lines, &format!("{indent}    "), PYTHON, PYTHON_ENDS, random);
    lines.join("\n") + "\n\n"
}

fn rust(random: &mut Random) -> String {
    // The comment stands inside: a line that begins with a slash would be one
    // piece with the line break before it.
    let head = "pub fn $f1(&mut self, $i2: &$I2, $j3: &[$I4]) -> Result<usize, Error> {";
    let mut lines = vec![fill(head, random), format!("    // {}", guide::sentence(random))];
    body(&mut lines, "    ", RUST, RUST_ENDS, random);
    lines.push("}".to_owned());
    lines.join("\n") + "\n\n"
}

fn body(
    lines: &mut Vec<String>,
    indent: &str,
    statements: &[&str],
    ends: &[&str],
    random: &mut Random,
) {
    for _ in 0..3 + random.below(5) {
        indented(lines, indent, &fill(pick(random, statements), random));
    }
    indented(lines, indent, &fill(pick(random, ends), random));
}

fn indented(lines: &mut Vec<String>, indent: &str, statement: &str) {
    lines.extend(statement.lines().map(|line| format!("{indent}{line}")));
}

/// The lines of one short Python function of `statements` statements.
pub fn code_lines(statements: usize, random: &mut Random) -> Vec<String> {
    let mut lines = vec![fill("def $f1($i2, $i3=$n):", random)];
    for _ in 0..statements {
        indented(&mut lines, "    ", &fill(pick(random, PYTHON), random));
    }
    indented(&mut lines, "    ", &fill(pick(random, PYTHON_ENDS), random));
    lines
}

/// One hunk of a unified diff.
pub(crate) fn hunk(random: &mut Random) -> String {
    let mut text = fill("@@ -$k,$n +$k,$n @@ def $f1(self, $i2):\n", random);
    for sign in [" ", "-", "+", "+", " "] {
        let statement = fill(pick(random, PYTHON), random);
        for line in statement.lines() {
            text.push_str(&format!("{sign}        {line}\n"));
        }
    }
    text
}
