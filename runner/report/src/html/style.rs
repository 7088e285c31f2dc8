//! How the page looks.

/// Colours by their names in the style sheet: light, then dark.
const PALETTE: &[(&str, &str, &str)] = &[
    ("page", "#ffffff", "#14171b"),
    ("text", "#1c2127", "#e4e7ea"),
    ("quiet", "#57606a", "#a6afb9"),
    ("rule", "#d5dae0", "#363c44"),
    ("soft", "#f3f5f7", "#1e2329"),
    ("link", "#0a4fa8", "#82bbff"),
    ("s1", "#0a4fa8", "#82bbff"),
    ("s2", "#a34400", "#ffb077"),
    ("s3", "#1a6b32", "#86e29b"),
    ("pale", "#a9c8ee", "#35557c"),
    ("good", "#14612b", "#8ee3a2"),
    ("good-soft", "#def5e3", "#17321f"),
    ("doubt", "#764a00", "#f3c969"),
    ("doubt-soft", "#fdf1cf", "#372b10"),
    ("bad", "#a01025", "#ffa3a8"),
    ("bad-soft", "#fde8e9", "#421c20"),
];

const RULES: &str = "
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:68rem;padding:1.5rem 1.25rem 4rem;background:var(--page);\
color:var(--text);font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .25rem}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .6rem;padding-top:1.6rem;\
border-top:1px solid var(--rule)}
h3{font-size:1rem;margin:1.3rem 0 .4rem}
section{margin-top:2rem}
p{margin:.4rem 0;max-width:46rem}
a{color:var(--link)}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
.when,.marks,.limits,figcaption{color:var(--quiet)}
.when{margin:0}
.verdict{font-size:1.1rem;margin-top:.8rem}
.words{font-size:1.05rem}
.verdicts{list-style:none;margin:1rem 0 0;padding:0}
.verdicts li{padding:.4rem 0;border-top:1px solid var(--rule)}
.verdicts li:last-child{border-bottom:1px solid var(--rule)}
.verdicts a{font-weight:600}
.badge{display:inline-block;border-radius:.75rem;padding:.05rem .6rem;font-size:.8rem;\
font-weight:600;vertical-align:.1em;background:var(--soft);color:var(--quiet)}
.measured{background:var(--good-soft);color:var(--good)}
.partial{background:var(--doubt-soft);color:var(--doubt)}
.failed{background:var(--bad-soft);color:var(--bad)}
.scroll{overflow-x:auto;margin:1rem 0 .4rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding-bottom:.3rem}
th,td{padding:.3rem 1.1rem .3rem 0;text-align:left;vertical-align:top;white-space:nowrap;\
border-bottom:1px solid var(--rule)}
th:last-child,td:last-child{padding-right:.2rem}
thead th{color:var(--quiet);font-weight:500;font-size:.85rem;vertical-align:bottom;white-space:normal}
tbody th{font-weight:500}
.figure{text-align:right}
.unit{display:block;font-weight:400}
sup{font-size:.7rem;line-height:0;margin-left:.1rem}
sup a{text-decoration:none;padding:.2rem}
.notes{margin:.4rem 0 1rem;padding-left:1.3rem;font-size:.9rem;color:var(--quiet);\
max-width:46rem}
.notes li:target{background:var(--doubt-soft);color:var(--text)}
dl{margin:0}
dl div{display:grid;grid-template-columns:10rem 1fr;gap:.2rem 1rem;padding:.2rem 0}
dt{color:var(--quiet)}
dd{margin:0}
.doubts{list-style:none;padding:0;margin:.4rem 0}
.doubts li{border-left:3px solid var(--doubt);background:var(--doubt-soft);\
padding:.5rem .8rem;margin:.5rem 0;max-width:46rem}
.doubts strong,.doubts span,.doubts em{display:block}
.doubts strong{color:var(--doubt)}
.doubts em{font-style:normal;margin-top:.2rem}
.plots{display:flex;flex-wrap:wrap;gap:1rem 2rem;margin:1rem 0}
figure{margin:0;flex:1 1 24rem;min-width:0;max-width:32rem}
figure.wide{flex-basis:100%;max-width:none}
.wide svg{min-width:38rem;max-width:58rem}
svg{display:block;width:100%;height:auto}
figcaption{font-size:.9rem;margin-top:.3rem}
svg text{fill:var(--text);font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;\
font-variant-numeric:tabular-nums}
svg .tick,svg .unit{fill:var(--quiet);font-size:12.5px}
svg .over{paint-order:stroke;stroke:var(--page);stroke-width:3}
.band.b1{fill:var(--good-soft)}
.band.b2{fill:var(--doubt-soft)}
.band.b3{fill:var(--bad-soft);opacity:.6}
.band.b4{fill:var(--bad-soft)}
.grid{stroke:var(--rule);stroke-width:1}
.line{fill:none;stroke-width:2}
.line.s2{stroke-dasharray:7 3}
.line.s3{stroke-dasharray:2 3}
.bar{stroke-width:2;opacity:.55}
.span{fill:none;stroke:var(--quiet);stroke-width:1.5}
.line.s1,.bar.s1{stroke:var(--s1)}
.line.s2,.bar.s2{stroke:var(--s2)}
.line.s3,.bar.s3{stroke:var(--s3)}
.mark.s1{fill:var(--s1)}
.mark.s2{fill:var(--s2)}
.mark.s3{fill:var(--s3)}
.cached{fill:var(--pale);stroke:var(--s1);stroke-width:1}
.new{fill:var(--s1);stroke:var(--s1);stroke-width:1}
.open{fill:none;stroke:var(--quiet);stroke-width:1;stroke-dasharray:4 3}
.wait{fill:var(--s2);stroke:var(--s2);stroke-width:1}
.give{fill:var(--s3);stroke:var(--s3);stroke-width:1}
pre{background:var(--soft);padding:.6rem .8rem;margin:.3rem 0 .9rem;overflow-x:auto;\
font:.9rem/1.5 ui-monospace,'SF Mono',Menlo,Consolas,monospace;overflow-wrap:normal}
@media (max-width:36rem){body{padding:1rem 1rem 3rem}h1{font-size:1.4rem}\
dl div{grid-template-columns:1fr;gap:0;padding:.35rem 0}.verdicts li>span:last-child{display:block}}
@media print{body{max-width:none;padding:0;font-size:10pt}.scroll{overflow:visible}\
th,td{white-space:normal;padding-right:.6rem}pre{white-space:pre-wrap}\
figure{flex:1 1 40%}figure.wide{flex-basis:100%}.wide svg{min-width:0}\
figure,tr,.doubts li{break-inside:avoid}h2,h3,caption{break-after:avoid}\
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
";

/// The style sheet.
pub(super) fn sheet() -> String {
    let set = |dark: bool| {
        let colour = |(name, day, night): &(&str, &str, &str)| {
            format!("--{name}:{};", if dark { night } else { day })
        };
        PALETTE.iter().map(colour).collect::<String>()
    };
    // Paper is light: the dark set is for screens.
    format!(
        "\n:root{{color-scheme:light dark;{}}}\n\
         @media screen and (prefers-color-scheme:dark){{:root{{{}}}}}{RULES}",
        set(false),
        set(true)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).unwrap();
            let share = f64::from(value) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn colours(name: &str) -> [&'static str; 2] {
        let (_, day, night) = PALETTE.iter().find(|(known, ..)| *known == name).unwrap();
        [day, night]
    }

    #[test]
    fn contrast_is_as_wcag_defines_it() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        assert!((contrast("#767676", "#ffffff") - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_stands_out_from_its_ground() {
        let pairs = [
            ("text", "page"),
            ("quiet", "page"),
            ("link", "page"),
            ("text", "soft"),
            ("quiet", "soft"),
            ("text", "doubt-soft"),
            ("good", "good-soft"),
            ("doubt", "doubt-soft"),
            ("bad", "bad-soft"),
            // Shapes need 3, and get as much as text.
            ("s1", "page"),
            ("s2", "page"),
            ("s3", "page"),
        ];
        for (text, ground) in pairs {
            for (text, ground) in colours(text).iter().zip(colours(ground)) {
                let ratio = contrast(text, ground);
                assert!(ratio >= 4.5, "{text} on {ground}: {ratio:.2}");
            }
        }
    }

    #[test]
    fn every_colour_that_is_used_is_there() {
        for used in RULES.split("var(--").skip(1) {
            colours(used.split(')').next().unwrap());
        }
    }
}
