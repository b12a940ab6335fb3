// SPDX-License-Identifier: MIT
//! A work-stealing scheduler in Rust that links the C symbols of the recorder: rustc alone, no crates.
//!
//! Each call of record.h is a symbol of the same name. Called that way an event costs a call more than inline in C.
//!
//! The work: task n forks tasks 2n and 2n + 1.
use std::collections::VecDeque;
use std::ffi::CString;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, Mutex};
use std::{env, process, ptr, thread, time::Duration};

/// The beginning of `struct wsc_options`, which is all that is set here; the library fills in the rest, and new members
/// are only added behind what is there.
#[repr(C)]
struct Options {
    size: usize,
    abi: u32,
    epoch_ms: u32,
    path: *const c_char,
    others: [u64; 128],
}

const END_CLEAN: c_int = 1; // enum wsc_end
const REASON_EMPTY: c_int = 1; // enum wsc_reason

extern "C" {
    fn wsc_options_init(options: *mut Options);
    fn wsc_open(options: *const Options) -> *mut c_void;
    fn wsc_attach(recorder: *mut c_void, worker: u32, name: *const c_char) -> *mut c_void;
    fn wsc_detach(worker: *mut c_void);
    fn wsc_close(recorder: *mut c_void, end: c_int) -> c_int;
    fn wsc_queued(worker: *mut c_void, task: u64);
    fn wsc_steal_start(worker: *mut c_void, victim: u32);
    fn wsc_steal_success(worker: *mut c_void, task: u64, victim: u32);
    fn wsc_steal_failure(worker: *mut c_void, victim: u32, reason: c_int);
    fn wsc_exec_start(worker: *mut c_void, task: u64);
    fn wsc_exec_complete(worker: *mut c_void, task: u64);
}

const TASKS: u64 = 4000;

#[derive(Clone, Copy, PartialEq)]
enum Bug {
    None,
    Newest, // thieves take the newest task instead of the oldest
    Drop,   // a thief forgets the first task that it takes: nobody runs it
}

struct Pool {
    deques: Vec<Mutex<VecDeque<u64>>>, // the owner pushes and takes at the back, thieves take at the front
    start: Barrier,
    unfinished: AtomicU64,
    done: AtomicU64,
    has_struck: AtomicBool, // the planted defect
    bug: Bug,
}

/// A worker's own handle of the recorder. It stays in its thread: raw pointers are not Send.
struct Worker<'a> {
    pool: &'a Pool,
    id: usize,
    recorded: *mut c_void,
}

impl Worker<'_> {
    fn push(&self, task: u64) {
        self.pool.unfinished.fetch_add(1, SeqCst);
        unsafe { wsc_queued(self.recorded, task) }; // before the push
        self.pool.deques[self.id].lock().unwrap().push_back(task);
    }

    fn take(&self) -> Option<u64> {
        self.pool.deques[self.id].lock().unwrap().pop_back() // records nothing: exec_start follows at once
    }

    fn steal(&self, victim: usize) -> Option<u64> {
        unsafe { wsc_steal_start(self.recorded, victim as u32) }; // before the attempt
        let task = {
            let mut deque = self.pool.deques[victim].lock().unwrap();
            if self.pool.bug == Bug::Newest {
                self.pool.has_struck.fetch_or(deque.len() > 1, SeqCst);
                deque.pop_back()
            } else {
                deque.pop_front()
            }
        };
        match task {
            // After the attempt.
            Some(task) => unsafe { wsc_steal_success(self.recorded, task, victim as u32) },
            None => unsafe { wsc_steal_failure(self.recorded, victim as u32, REASON_EMPTY) },
        }
        if task.is_some() && self.pool.bug == Bug::Drop && !self.pool.has_struck.swap(true, SeqCst) {
            self.pool.unfinished.fetch_sub(1, SeqCst);
            return None;
        }
        task
    }

    /// The planted defects are those of thieves: worker 0 lets them come while it has something for them.
    fn wait_for_thieves(&self) {
        let has_tasks = || !self.pool.deques[0].lock().unwrap().is_empty();
        while self.pool.bug != Bug::None && self.id == 0 && !self.pool.has_struck.load(SeqCst) && has_tasks() {
            thread::yield_now();
        }
    }

    fn run(&self, task: u64) {
        unsafe { wsc_exec_start(self.recorded, task) };
        for i in 0..5000u32 {
            let _ = unsafe { ptr::read_volatile(&i) }; // the work
        }
        for child in [2 * task, 2 * task + 1] {
            if child <= TASKS {
                self.push(child);
            }
        }
        self.wait_for_thieves();
        self.pool.done.fetch_add(1, SeqCst);
        unsafe { wsc_exec_complete(self.recorded, task) }; // before anybody can learn that it is done
        self.pool.unfinished.fetch_sub(1, SeqCst);
    }

    fn work(&self) {
        if self.id == 0 {
            self.push(1);
        }
        self.pool.start.wait();
        for attempt in 0.. {
            if self.pool.unfinished.load(SeqCst) == 0 {
                break;
            }
            let others = self.pool.deques.len() - 1;
            let victim = (self.id + 1 + attempt % others) % (others + 1);
            match self.take().or_else(|| self.steal(victim)) {
                Some(task) => self.run(task),
                None => thread::sleep(Duration::from_micros(50)), // a real one would park
            }
        }
    }
}

fn help() -> ! {
    println!("usage: rust [--workers N] [--trace FILE] [--bug NAME]\n");
    println!("  --workers N   threads, 2 to 64 (default 4)");
    println!("  --trace FILE  record a trace for `wscheck analyze`");
    println!("  --bug NAME    plant a defect: newest drop");
    println!("\nexit status: 0 the result is right, 1 it is wrong, 2 usage or trouble");
    process::exit(0)
}

fn misused(what: &str, option: &str) -> ! {
    eprintln!("rust: {} '{}' (see rust --help)", what, option);
    process::exit(2)
}

fn arguments() -> (usize, Option<CString>, Bug) {
    let (mut workers, mut trace, mut bug) = (4, None, Bug::None);
    let mut rest = env::args().skip(1);
    while let Some(option) = rest.next() {
        if option == "--help" || option == "-h" {
            help()
        }
        if !["--workers", "--trace", "--bug"].contains(&option.as_str()) {
            misused("unknown option", &option)
        }
        match (option.as_str(), rest.next().unwrap_or_default().as_str()) {
            (_, "") => misused("there is no value behind", &option),
            ("--workers", count) => match count.parse() {
                Ok(number) if (2..=64).contains(&number) => workers = number,
                _ => misused("--workers takes a number from 2 to 64, not", count),
            },
            ("--trace", path) => trace = CString::new(path).ok(),
            (_, "newest") => bug = Bug::Newest,
            (_, "drop") => bug = Bug::Drop,
            (_, name) => misused("no bug is called", name),
        }
    }
    (workers, trace, bug)
}

fn main() {
    let (workers, trace, bug) = arguments();
    let mut options = Options { size: 0, abi: 0, epoch_ms: 0, path: ptr::null(), others: [0; 128] };
    unsafe { wsc_options_init(&mut options) };
    options.path = trace.as_ref().map_or(ptr::null(), |path| path.as_ptr());
    let recorder = unsafe { wsc_open(&options) } as usize; // a number can be sent to the threads
    let pool = Pool {
        deques: (0..workers).map(|_| Mutex::default()).collect(),
        start: Barrier::new(workers),
        unfinished: AtomicU64::new(0),
        done: AtomicU64::new(0),
        has_struck: AtomicBool::new(false),
        bug,
    };
    thread::scope(|scope| {
        for id in 0..workers {
            let pool = &pool;
            scope.spawn(move || {
                let recorded = unsafe { wsc_attach(recorder as *mut c_void, id as u32, ptr::null()) };
                Worker { pool, id, recorded }.work();
                unsafe { wsc_detach(recorded) };
            });
        }
    });
    if unsafe { wsc_close(recorder as *mut c_void, END_CLEAN) } != 0 {
        process::exit(2);
    }
    println!("{} of {} tasks", pool.done.load(SeqCst), TASKS);
    process::exit(if pool.done.load(SeqCst) == TASKS { 0 } else { 1 });
}
