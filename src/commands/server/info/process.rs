//! The process: what runs, since when, with how much memory and processor time.

use super::Page;
use crate::base::text::human_bytes;
use crate::commands::server::memory_figures::usage;
use crate::core::ctx::Ctx;
use crate::core::world::REDIS_VERSION;
use crate::keyspace::expire::lru_clock;

pub(super) fn server(cx: &mut Ctx<'_>, page: &mut Page) {
    let world = &cx.world;
    let facts = world.host.facts();
    let config = &world.config;
    let up = (world.now() - world.started) / 1000;
    page.put("redis_version", REDIS_VERSION);
    page.put("redis_git_sha1", "00000000");
    page.put("redis_git_dirty", 0);
    page.put("redis_build_id", &facts.build_id);
    page.put("redis_mode", "standalone");
    page.put("ferrous_version", env!("CARGO_PKG_VERSION"));
    page.put("os", &facts.os);
    page.put("arch_bits", usize::BITS);
    page.put("monotonic_clock", facts.monotonic_clock);
    page.put("multiplexing_api", facts.multiplexing);
    page.put("atomicvar_api", "rust-std");
    // No C compiler has made this; tools want the field.
    page.put("gcc_version", "0.0.0");
    page.put("process_id", facts.pid);
    page.put("process_supervised", facts.supervised);
    page.put("run_id", &facts.run_id);
    page.put("tcp_port", config.port);
    page.put("server_time_usec", world.tick.wall_us);
    page.put("uptime_in_seconds", up);
    page.put("uptime_in_days", up / 86_400);
    page.put("hz", cx.world.hz);
    page.put("configured_hz", config.hz);
    page.put("lru_clock", lru_clock(world.now()));
    page.put("executable", &facts.executable);
    page.put("config_file", String::from_utf8_lossy(&config.config_file));
    page.put("io_threads_active", i32::from(config.io_threads > 1));
    for (index, listener) in world.host.listeners(config).iter().enumerate() {
        page.put(format_args!("listener{index}"), listener);
    }
}

pub(super) fn memory(cx: &mut Ctx<'_>, page: &mut Page) {
    let figures = usage(cx);
    let process = figures.process;
    page.put_bytes("used_memory", process.used as u64);
    page.put_bytes("used_memory_rss", process.rss as u64);
    page.put_bytes("used_memory_peak", figures.peak as u64);
    page.put("used_memory_peak_perc", format_args!("{:.2}%", figures.peak_percent()));
    page.put("used_memory_overhead", figures.overhead);
    page.put("used_memory_startup", figures.startup);
    page.put("used_memory_dataset", figures.dataset());
    page.put("used_memory_dataset_perc", format_args!("{:.2}%", figures.dataset_percent()));
    page.put("allocator_allocated", process.allocated);
    page.put("allocator_active", process.active);
    page.put("allocator_resident", process.resident);
    page.put_bytes("total_system_memory", process.total_system as u64);
    scripts(cx, page);
    page.put_bytes("maxmemory", cx.world.config.maxmemory);
    page.put("maxmemory_policy", shown(cx, "maxmemory-policy"));
    let losses = figures.losses();
    let mut loss = |ratio: &str, bytes: &str, (value, lost): (f64, i64)| {
        page.put(ratio, format_args!("{value:.2}"));
        page.put(bytes, lost);
    };
    loss("allocator_frag_ratio", "allocator_frag_bytes", losses.fragmentation);
    loss("allocator_rss_ratio", "allocator_rss_bytes", losses.allocator_rss);
    loss("rss_overhead_ratio", "rss_overhead_bytes", losses.process_rss);
    loss("mem_fragmentation_ratio", "mem_fragmentation_bytes", losses.total);
    page.put("mem_not_counted_for_evict", 0);
    page.put("mem_replication_backlog", 0);
    page.put("mem_total_replication_buffers", 0);
    page.put("mem_clients_slaves", 0);
    page.put("mem_clients_normal", figures.clients);
    page.put("mem_cluster_links", 0);
    page.put("mem_aof_buffer", 0);
    page.put("mem_allocator", cx.world.host.facts().allocator);
    page.put("active_defrag_running", 0);
    let (pending, freed) = cx.world.host.discarded();
    page.put("lazyfree_pending_objects", pending);
    page.put("lazyfreed_objects", freed.saturating_sub(cx.world.stats.freed_at_reset));
}

/// Memory of scripts and functions.
fn scripts(cx: &Ctx<'_>, page: &mut Page) {
    let figures = cx.world.scripts.figures();
    let eval = figures.eval_machine;
    page.put("used_memory_lua", eval);
    page.put("used_memory_vm_eval", eval);
    page.put("used_memory_lua_human", human_bytes(eval as u64));
    page.put("used_memory_scripts_eval", figures.scripts);
    page.put("number_of_cached_scripts", figures.cached);
    page.put("number_of_functions", figures.functions);
    page.put("number_of_libraries", figures.libraries);
    page.put("used_memory_vm_functions", figures.function_machine);
    page.put_bytes("used_memory_vm_total", (eval + figures.function_machine) as u64);
    page.put("used_memory_functions", figures.function_code);
    page.put_bytes("used_memory_scripts", (figures.scripts + figures.function_code) as u64);
}

/// A directive as CONFIG GET shows it.
fn shown(cx: &Ctx<'_>, directive: &str) -> String {
    let row = crate::config::lookup(directive.as_bytes());
    let value = row.map(|(row, _)| cx.world.config.shown(row)).unwrap_or_default();
    String::from_utf8_lossy(&value).into_owned()
}

pub(super) fn cpu(cx: &mut Ctx<'_>, page: &mut Page) {
    let cpu = cx.world.host.cpu();
    let mut put = |name: &str, micros: u64| {
        page.put(name, format_args!("{}.{:06}", micros / 1_000_000, micros % 1_000_000));
    };
    put("used_cpu_sys", cpu.system);
    put("used_cpu_user", cpu.user);
    put("used_cpu_sys_children", cpu.system_children);
    put("used_cpu_user_children", cpu.user_children);
    put("used_cpu_sys_main_thread", cpu.system_main);
    put("used_cpu_user_main_thread", cpu.user_main);
}
