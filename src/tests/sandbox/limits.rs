//! More than a share: memory, processes, files, time, words.

use flowpilot::server::sandbox::{Job, MAX_RESULT, Tier};

use super::{MIB, bash, python, run, tiers};

#[tokio::test]
async fn memory_ends_where_it_is_set() {
    for tier in tiers().await {
        let job = Job { memory_bytes: 128 * MIB, ..python("x = bytearray(10 * 1024 ** 3); print('ESCAPED')") };
        let (finished, stdout, stderr) = run(tier, job, "").await;
        assert_ne!(finished.end.exit_code, Some(0), "{stdout}");
        assert!(stderr.contains("MemoryError"), "{stderr}");
    }
}

#[tokio::test]
async fn many_processes_share_one_memory() {
    let hoard = "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = bytearray(60 * 1024 ** 2)\n        for i in range(0, len(x), 4096): x[i] = 1\n        time.sleep(60)\nfor _ in range(8): os.wait()\nprint('ESCAPED')";
    for tier in tiers().await.into_iter().filter(|tier| *tier == Tier::Strict) {
        let job = Job { memory_bytes: 128 * MIB, ..python(hoard) };
        let (finished, stdout, _) = run(tier, job, "").await;
        assert!(finished.end.out_of_memory, "{:?} {stdout}", finished.end);
        assert!(!stdout.contains("ESCAPED"));
    }
}

#[tokio::test]
async fn a_fork_bomb_goes_out() {
    let bomb = "import os\nn = 0\nwhile True:\n    try:\n        if os.fork() == 0:\n            while True: os.sched_yield()\n        n += 1\n    except BlockingIOError:\n        break\nprint(n)";
    for tier in tiers().await {
        let (finished, stdout, stderr) = run(tier, python(bomb), "").await;
        assert_eq!(finished.end.exit_code, Some(0), "{stderr}");
        let count: u32 = stdout.trim().parse().unwrap();
        assert!(count < 200, "{tier:?}: {count} processes");
    }
}

#[tokio::test]
async fn files_and_the_box_are_bounded() {
    for tier in tiers().await {
        let script = "head -c 200M /dev/zero > big; echo $?; stat -c %s big";
        let (_, stdout, _) = run(tier, bash(script), "").await;
        let size: u64 = stdout.lines().last().unwrap().parse().unwrap();
        assert!(size <= 128 * MIB, "{stdout}");
        if tier == Tier::Strict {
            let script = "for n in 1 2 3 4; do head -c 100M /dev/zero > big$n; done; du -sm . | cut -f1";
            let (_, stdout, _) = run(tier, bash(script), "").await;
            let size: u64 = stdout.trim().parse().unwrap();
            assert!(size <= 256, "{size} MiB");
        }
    }
}

#[tokio::test]
async fn a_flood_of_words_is_read_to_its_end_and_kept_in_part() {
    for tier in tiers().await {
        let script = "echo begin; head -c 300M /dev/zero | tr '\\0' x; echo; echo end; echo said >&2";
        let (finished, stdout, stderr) = run(tier, bash(script), "").await;
        assert_eq!(finished.end.exit_code, Some(0));
        assert!(stdout.starts_with("begin\n") && stdout.ends_with("end\n"));
        assert!(stdout.len() < 2 * MIB as usize, "{}", stdout.len());
        assert_eq!(stderr, "said\n");
    }
}

#[tokio::test]
async fn a_result_that_is_too_large_is_not_taken() {
    let code = "import sys\nout = open(int(sys.argv[-1]), 'w')\nout.write('x' * int(sys.stdin.read()))";
    for tier in tiers().await {
        for (size, is_too_large) in [(MAX_RESULT, false), (MAX_RESULT + 1, true), (100 * MAX_RESULT, true)] {
            let job = Job { has_result: true, ..python(code) };
            let (finished, _, stderr) = run(tier, job, &size.to_string()).await;
            assert_eq!(finished.end.too_large, is_too_large, "{stderr}");
            assert!(finished.result.len() <= MAX_RESULT);
        }
    }
}

#[tokio::test]
async fn time_on_the_processor_ends() {
    for tier in tiers().await {
        let job = Job { cpu_secs: 1, ..bash("while :; do :; done") };
        let (finished, ..) = run(tier, job, "").await;
        assert_eq!((finished.end.exit_code, finished.end.signal), (None, Some(9)), "{tier:?}");
    }
}
