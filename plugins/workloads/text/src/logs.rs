//! Logs of servers and of test runs.

use tachograph_metrics::Random;

use crate::frames::{fill, pick};

const SERVER: &[&str] = &[
    "INFO  $i1.$i2: accepted $i3 $k with $n rows",
    "INFO  $i1.$w2: finished $i3 $k in $n ms",
    "DEBUG $i1.$i2: $i3 cache holds $k of $k entries",
    "WARN  $i1.$w2: $i3 $k is late by $n s, trying again",
    "ERROR $i1.$i2: could not $w3 $i4 $k: connection reset by peer",
    "INFO  http.$i1: GET /$i2/$k 200 $n ms $k bytes",
    "INFO  http.$i1: POST /$i2/$w3 201 $n ms",
    "WARN  http.$i1: GET /$i2/$k 404 $n ms",
    "DEBUG $i1.$w2: moved $i3 from slot $n to slot $n",
    "INFO  $i1.worker: $i2 depth $n, oldest $i3 waits $k ms",
    "ERROR $i1.$w2: $i3 $k has no $i4, skipped",
    "INFO  $i1.$i2: merged $n shards into $i3 $k",
    "WARN  $i1.pool: $n of $n connections are busy",
    "DEBUG $i1.$w2: $i3=$k $i4=$n",
];

const TEST_FAILURES: &[&str] = &[
    "tests/test_$i1.py:$k: in test_$f2\n    assert $j3.$i4 == $k\nE   AssertionError: assert $k == $k\n",
    "tests/test_$i1.py:$k: in test_$f2\n    $j3 = $f4($i5)\nsrc/$i1.py:$n: in $f4\n    return self.$j6[$i5]\nE   KeyError: '$i5'\n",
    "tests/test_$i1.py:$n: in test_$f2\n    with expected($k):\nE   TypeError: $f3() missing argument '$i4'\n",
    "tests/test_$i1.py:$k: in test_$f2\n    assert len($j3) == $n\nE   AssertionError: assert $n == $n\nE    +  where $n = len([$k, $k, $k])\n",
    "tests/test_$i1.py:$n: in test_$f2\n    $j3 = $I4($k, $n)\nsrc/$i5.py:$k: in __init__\n    raise ValueError(\"$i4 below zero\")\nE   ValueError: $i4 below zero\n",
];

/// One line of a server's log; `clock` advances by up to three seconds.
pub(crate) fn line(clock: &mut u64, random: &mut Random) -> String {
    *clock += 40 + random.below(3000) as u64;
    let (ms, s) = (*clock % 1000, *clock / 1000);
    let stamp = format!("{:02}:{:02}:{:02}.{ms:03}", s / 3600 % 24, s / 60 % 60, s % 60);
    format!("{stamp} {}\n", fill(pick(random, SERVER), random))
}

/// One line of a test run that passed, or one failure with its trace.
pub(crate) fn test_line(failing: bool, random: &mut Random) -> String {
    if failing && random.below(3) == 0 {
        return fill(pick(random, TEST_FAILURES), random);
    }
    let mark = if failing && random.below(4) == 0 { "FAILED" } else { "PASSED" };
    fill(&format!("tests/test_$i1.py::test_$f2 {mark} in $n ms\n"), random)
}
