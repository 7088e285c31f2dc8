use super::*;
use crate::fixture;

fn pages() -> Vec<String> {
    [
        fixture::result(),
        fixture::bare_result(),
        fixture::hostile_result(),
        fixture::examined_result(),
        marked_up(),
        watched(),
    ]
    .iter()
    .flat_map(|result| [html(result, None), html(result, Some(&result.tape))])
    .collect()
}

/// A result whose server and plugins write markup.
fn marked_up() -> RunResult {
    const EVIL: &str = "</title></style><script>alert(1)</script><img src=x onerror=y> \" ' & --> ";
    let mut result = fixture::result();
    result.backend.info.name = EVIL.into();
    result.model.id = EVIL.into();
    result.model.digest_source = EVIL.into();
    result.sealed_by = EVIL.into();
    result.flags[0].message = EVIL.into();
    result.suite.overrides.insert(EVIL.into(), EVIL.into());
    for entry in &mut result.workloads {
        let report = &mut entry.report;
        report.workload = EVIL.into();
        report.verdict = EVIL.into();
        for metric in report.summary.values_mut() {
            metric.unit = EVIL.into();
            metric.reason = Some(EVIL.into());
        }
        for part in &mut report.parts {
            part.title = EVIL.into();
            if part.key != "turn" {
                part.key = EVIL.into();
            }
            for row in &mut part.rows {
                row.label = Some(EVIL.into());
                row.metrics.values_mut().for_each(|metric| metric.unit = EVIL.into());
            }
        }
    }
    result
}

/// A result with telemetry.
fn watched() -> RunResult {
    RunResult { telemetry: Some(fixture::telemetry()), ..fixture::result() }
}

/// A tag as it stands in the page: its name and the rest up to `>`.
struct Tag<'a> {
    name: &'a str,
    rest: &'a str,
    closes: bool,
}

/// All tags in order, read strictly: `<` opens a tag, `>` closes it, and
/// neither occurs elsewhere.
fn tags(page: &str) -> Vec<Tag<'_>> {
    let page = page.strip_prefix("<!DOCTYPE html>").unwrap();
    let mut tags = Vec::new();
    for piece in page.split('<').skip(1) {
        let (inside, text) = piece.split_once('>').unwrap();
        // The style sheet selects children, and nothing else may have a `>`.
        assert!(inside.starts_with("style") || !text.contains('>'), "a stray > in {text}");
        let closes = inside.starts_with('/');
        let inside = inside.trim_start_matches('/').trim_end_matches('/');
        let (name, rest) = inside.split_once(' ').unwrap_or((inside, ""));
        let name = name.trim();
        tags.push(Tag { name, rest, closes });
    }
    tags
}

fn attribute<'a>(tag: &Tag<'a>, name: &str) -> Option<&'a str> {
    let start = tag.rest.find(&format!("{name}=\""))? + name.len() + 2;
    tag.rest[start..].split('"').next()
}

#[test]
fn tags_are_closed_in_order() {
    const VOID: [&str; 8] = ["meta", "link", "line", "rect", "circle", "path", "br", "img"];
    for page in pages() {
        let mut open = Vec::new();
        for tag in tags(&page) {
            match tag.closes {
                true => assert_eq!(open.pop(), Some(tag.name)),
                false if VOID.contains(&tag.name) => {}
                false => open.push(tag.name),
            }
        }
        assert_eq!(open, Vec::<&str>::new());
    }
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    for page in pages() {
        for tag in tags(&page) {
            let name = tag.name;
            assert!(
                !["script", "img", "iframe", "object", "embed", "form", "base"].contains(&name)
            );
            for attribute_name in ["src", "srcset", "action", "style", "xlink:href"] {
                assert!(attribute(&tag, &format!(" {attribute_name}")).is_none(), "{}", tag.rest);
            }
            // Handlers would begin with `on`; quoted text has no quotes inside.
            let names = tag.rest.split('"').step_by(2);
            assert!(names.clone().all(|text| !text.trim_start().starts_with("on")), "{}", tag.rest);
            if let Some(target) = attribute(&tag, "href") {
                assert!(target.starts_with('#') || target == "data:,", "{target}");
            }
        }
        assert!(!page.contains("url(") && !page.contains("@import") && !page.contains("http:"));
        assert!(!page.contains("https:"));
        let policy = "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"";
        let at = page.find(policy).unwrap();
        assert!(at < page.find("<style>").unwrap(), "the policy comes before what it governs");
    }
}

#[test]
fn ids_are_unique_and_links_arrive() {
    for page in pages() {
        let tags = tags(&page);
        let mut ids: Vec<&str> = tags.iter().filter_map(|tag| attribute(tag, " id")).collect();
        ids.extend(
            tags.iter().filter(|t| t.rest.starts_with("id=")).filter_map(|t| attribute(t, "id")),
        );
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id twice");
        for tag in tags.iter().filter(|tag| tag.name == "a" && !tag.closes) {
            let target = attribute(tag, "href").unwrap().trim_start_matches('#');
            assert!(ids.contains(&target), "{target} is nowhere");
        }
        for tag in tags.iter().filter(|tag| tag.name == "svg" && !tag.closes) {
            assert_eq!(attribute(tag, "role"), Some("img"));
            for id in attribute(tag, "aria-labelledby").unwrap().split(' ') {
                assert!(ids.contains(&id), "{id}");
            }
        }
    }
}

#[test]
fn headings_are_in_order_and_tables_are_named() {
    for page in pages() {
        let tags = tags(&page);
        let mut level = 0;
        for tag in tags.iter().filter(|tag| !tag.closes) {
            let Some(next) = tag.name.strip_prefix('h').and_then(|n| n.parse::<u8>().ok()) else {
                continue;
            };
            assert!(next <= level + 1, "h{next} after h{level}");
            level = next;
        }
        assert_eq!(tags.iter().filter(|tag| tag.name == "h1" && !tag.closes).count(), 1);
        for (table, next) in tags.iter().zip(tags.iter().skip(1)) {
            assert!(table.name != "table" || table.closes || next.name == "caption");
        }
        let heads = tags.iter().filter(|tag| tag.name == "th" && !tag.closes);
        assert!(heads.into_iter().all(|tag| attribute(tag, "scope").is_some()));
    }
}

#[test]
fn a_whole_result_has_its_plots() {
    let page = html(&fixture::result(), None);
    let titles: Vec<&str> = page
        .split("<title id=")
        .skip(1)
        .map(|rest| rest.split_once('>').unwrap().1.split('<').next().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "time between output tokens",
            "decode by context",
            "prefill by context",
            "TTFT by context",
            "all streams together and each stream by number of streams",
            "TTFT by number of streams",
            "what each prompt took from the cache, and where the time went",
        ]
    );
    assert!(page.contains("<li id=\"w0-n1\">the server does not report cached tokens</li>"));
    assert!(page.contains("—<sup><a href=\"#w0-n1\" aria-label=\"note 1\">1</a></sup>"));
}

/// S1.34 to S1.48: heat with its bands and its trend; what was not read has no plot.
#[test]
fn the_machine_is_shown_as_far_as_it_was_read() {
    let page = html(&watched(), None);
    let part = page.split("<h2>The machine meanwhile</h2>").nth(1).unwrap();
    let part = part.split("</section>").next().unwrap();
    let captions: Vec<&str> =
        part.split("<figcaption>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(
        captions,
        [
            "Temperature: x86_pkg_temp peaks at 88.5 °C (heavy load), rising 9.4 °C a minute",
            "Load of the processor",
            "Memory of the backend",
            "Power of the GPU",
            "Clock of the GPU",
        ]
    );
    assert!(part.contains("band b3") && part.contains("heavy"), "{part}");
    assert!(part.contains("<li>energy: the kernel shows no counter to this user</li>"));
    assert!(!html(&fixture::result(), None).contains("The machine meanwhile"));
}

#[test]
fn what_was_not_measured_is_no_bar() {
    let page = html(&fixture::result(), None);
    // Turn 9 has no count of cached tokens: an outline, and one key for it.
    assert_eq!(page.matches("<rect class=\"open\"").count(), 2);
    let bare = html(&fixture::bare_result(), None);
    assert!(!bare.contains("<svg") && bare.contains("— not measured"));
}

#[test]
fn every_check_of_the_evidence_is_shown() {
    let page = html(&fixture::examined_result(), None);
    for text in
        ["<h3>Evidence</h3>", "cold-cache", "FAIL: r0: 63 gaps", "no bandwidth was measured"]
    {
        assert!(page.contains(text), "{text}");
    }
    assert!(!html(&fixture::result(), None).contains("Evidence"));
}
