//! The process: what runs, since when, with how much memory and processor time.

use super::Page;
use crate::base::text::human_bytes;
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
    let memory = cx.world.host.memory();
    let (used, rss) = (memory.used as u64, memory.rss as u64);
    let stats = &mut cx.world.stats;
    stats.peak_memory = stats.peak_memory.max(memory.used);
    let peak = stats.peak_memory as u64;
    let startup = cx.world.startup_memory as u64;
    let clients: usize = cx.world.sessions.iter().map(|session| session.memory()).sum();
    let clients = (clients + cx.session.memory()) as u64;
    let tables: usize = cx.keys.space.dbs.iter().map(|db| db.overhead()).sum();
    let overhead = startup + clients + tables as u64;
    let dataset = used.saturating_sub(overhead);
    let net_dataset = used.saturating_sub(startup).max(1);
    page.put_bytes("used_memory", used);
    page.put_bytes("used_memory_rss", rss);
    page.put_bytes("used_memory_peak", peak);
    let percent =
        |part: u64, whole: u64| format!("{:.2}%", part as f64 * 100.0 / whole.max(1) as f64);
    page.put("used_memory_peak_perc", percent(used, peak));
    page.put("used_memory_overhead", overhead);
    page.put("used_memory_startup", startup);
    page.put("used_memory_dataset", dataset);
    page.put("used_memory_dataset_perc", percent(dataset, net_dataset));
    page.put("allocator_allocated", memory.allocated);
    page.put("allocator_active", memory.active);
    page.put("allocator_resident", memory.resident);
    page.put_bytes("total_system_memory", memory.total_system as u64);
    let scripts = cx.world.scripts.figures();
    let (eval, functions) = (scripts.eval_machine as u64, scripts.function_machine as u64);
    page.put("used_memory_lua", eval);
    page.put("used_memory_vm_eval", eval);
    page.put("used_memory_lua_human", human_bytes(eval));
    page.put("used_memory_scripts_eval", scripts.scripts);
    page.put("number_of_cached_scripts", scripts.cached);
    page.put("number_of_functions", scripts.functions);
    page.put("number_of_libraries", scripts.libraries);
    page.put("used_memory_vm_functions", functions);
    page.put_bytes("used_memory_vm_total", eval + functions);
    page.put("used_memory_functions", scripts.function_code);
    page.put_bytes("used_memory_scripts", (scripts.scripts + scripts.function_code) as u64);
    page.put_bytes("maxmemory", cx.world.config.maxmemory);
    page.put("maxmemory_policy", shown(cx, "maxmemory-policy"));
    let (allocated, active) = (memory.allocated as u64, memory.active as u64);
    let resident = memory.resident as u64;
    page.put_ratio("allocator_frag_ratio", active, allocated);
    page.put("allocator_frag_bytes", active.saturating_sub(allocated));
    page.put_ratio("allocator_rss_ratio", resident, active);
    page.put("allocator_rss_bytes", resident as i64 - active as i64);
    page.put_ratio("rss_overhead_ratio", rss, resident);
    page.put("rss_overhead_bytes", rss as i64 - resident as i64);
    page.put_ratio("mem_fragmentation_ratio", rss, used);
    page.put("mem_fragmentation_bytes", rss as i64 - used as i64);
    page.put("mem_not_counted_for_evict", 0);
    page.put("mem_replication_backlog", 0);
    page.put("mem_total_replication_buffers", 0);
    page.put("mem_clients_slaves", 0);
    page.put("mem_clients_normal", clients);
    page.put("mem_cluster_links", 0);
    page.put("mem_aof_buffer", 0);
    page.put("mem_allocator", cx.world.host.facts().allocator);
    page.put("active_defrag_running", 0);
    let (pending, freed) = cx.world.host.discarded();
    page.put("lazyfree_pending_objects", pending);
    page.put("lazyfreed_objects", freed.saturating_sub(cx.world.stats.freed_at_reset));
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
