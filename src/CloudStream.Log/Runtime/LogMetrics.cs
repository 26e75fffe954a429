using System.Diagnostics.Metrics;

namespace CloudStream.Log.Runtime;

/// <summary>The engine's instruments, by OpenTelemetry's naming. One set per broker, so that tests can tell brokers apart.</summary>
internal sealed class LogMetrics(Meter meter)
{
    public Counter<long> Appends { get; } = meter.CreateCounter<long>("cloudstream.appends", "{append}", "Appends accepted for a flush.");

    public Counter<long> AppendRefusals { get; } = meter.CreateCounter<long>(
        "cloudstream.append.refusals", "{append}", "Appends refused for want of buffer space.");

    public Counter<long> Flushes { get; } = meter.CreateCounter<long>("cloudstream.flushes", "{flush}", "Flushes sealed.");

    public Counter<long> InlineFlushes { get; } = meter.CreateCounter<long>(
        "cloudstream.flushes.inline", "{flush}", "Flushes whose records travel with their commits; the others put a segment object each.");

    public Counter<long> FlushedBytes { get; } = meter.CreateCounter<long>(
        "cloudstream.flushed", "By", "Bytes of record batches in flushes.");

    public Counter<long> Commits { get; } = meter.CreateCounter<long>(
        "cloudstream.commits", "{commit}", "Compare-and-swaps that took effect.");

    public Counter<long> CommitConflicts { get; } = meter.CreateCounter<long>(
        "cloudstream.commit.conflicts", "{commit}", "Compare-and-swaps that another writer came before.");

    public Counter<long> CommittedBytes { get; } = meter.CreateCounter<long>(
        "cloudstream.committed", "By", "Bytes of flushes that became part of the log.");

    public Counter<long> StoreRetries { get; } = meter.CreateCounter<long>(
        "cloudstream.store.retries", "{call}", "Store calls repeated after a transient failure.");

    public Counter<long> UnknownOutcomes { get; } = meter.CreateCounter<long>(
        "cloudstream.unknown_outcomes", "{flush}", "Flushes whose outcome had to be reported as unknown.");

    public Counter<long> FoundCommits { get; } = meter.CreateCounter<long>(
        "cloudstream.commits.found", "{flush}", "Flushes that turned up among the commits after a lost reply.");

    public Counter<long> VoidedFlushes { get; } = meter.CreateCounter<long>(
        "cloudstream.flushes.voided", "{flush}", "Flushes uploaded again because the sweep had voided their objects.");

    public Counter<long> JournalFull { get; } = meter.CreateCounter<long>(
        "cloudstream.journal.full", "{wait}", "Times that commits began to wait for room in a shard's journal.");

    public Counter<long> Checkpoints { get; } = meter.CreateCounter<long>(
        "cloudstream.checkpoints", "{checkpoint}", "Checkpoints written.");

    public Counter<long> Spills { get; } = meter.CreateCounter<long>(
        "cloudstream.spills", "{object}", "Objects put into which checkpoints spilled inline records.");

    public Counter<long> SpilledBytes { get; } = meter.CreateCounter<long>(
        "cloudstream.spilled", "By", "Bytes of record batches in them.");

    public Counter<long> CheckpointBytes { get; } = meter.CreateCounter<long>(
        "cloudstream.checkpoint.written", "By", "Bytes of checkpoints written.");
}
