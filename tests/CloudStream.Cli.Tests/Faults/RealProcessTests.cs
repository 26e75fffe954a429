using System.Globalization;
using CloudStream.Proof;

namespace CloudStream.Cli.Tests.Faults;

/// <summary>
/// The checker of the simulation on a history of real processes: brokers on one folder are killed (SIGKILL) and frozen past their lease
/// (SIGSTOP, SIGCONT) at moments that a seed draws. <c>CLOUDSTREAM_FAULT_SECONDS</c> and <c>CLOUDSTREAM_FAULT_SEED</c> change how long and
/// when.
/// </summary>
public sealed class RealProcessTests(ITestOutputHelper output)
{
    private static readonly int Seconds = Setting("CLOUDSTREAM_FAULT_SECONDS", 20);
    private static readonly int Seed = Setting("CLOUDSTREAM_FAULT_SEED", 20_260_401);

    [Fact]
    public async Task TheHistoryOfKilledAndFrozenBrokersKeepsEveryPromise()
    {
        output.WriteLine($"CLOUDSTREAM_FAULT_SEED={Seed} CLOUDSTREAM_FAULT_SECONDS={Seconds}");
        await using var run = new FaultRun(Seed);
        await run.StartAsync();
        await run.HarassAsync(TimeSpan.FromSeconds(Seconds));
        List<(long Offset, string Value)>[] seen = await run.EndAsync();
        List<(long Offset, string Value)>[] stored = await run.ReadAfreshAsync();
        output.WriteLine(run.Summary);
        Assert.DoesNotContain(run.History.Events.Appends, a => a.IsIdempotent && a.Outcome != AppendOutcome.Acknowledged);
        for (int partition = 0; partition < FaultRun.Partitions; partition++)
        {
            Assert.Contains(run.History.Events.Appends, a => a.Partition == partition && a.Outcome == AppendOutcome.Acknowledged);
            var committed = new CommittedLog();
            committed.Append(stored[partition].Select(r => r.Value), 0);
            Assert.Equal(Enumerable.Range(0, stored[partition].Count).Select(i => (long)i), stored[partition].Select(r => r.Offset));
            new HistoryChecker(partition, run.History.Events, committed, seen[partition], logStart: 0, _ => false).Check();
        }
    }

    private static int Setting(string name, int fallback) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? fallback.ToString(CultureInfo.InvariantCulture),
            CultureInfo.InvariantCulture);
}
