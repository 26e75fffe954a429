using CloudStream.Log.State;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>The state is bounded by partitions, not by history.</summary>
public sealed class StateBoundTests(ITestOutputHelper output)
{
    [Fact]
    public void A_hundred_thousand_small_flushes_of_one_partition_leave_a_small_state()
    {
        var simulation = Run(1, 100_000);

        Assert.InRange(simulation.MostSlices, 1, 250);
        Assert.InRange(simulation.MostObjects, 1, 400);
        Assert.InRange(CheckpointCodec.Encode(simulation.State).Length, 1, 8_000);
        Assert.InRange((double)simulation.MergedBytes / simulation.FlushedBytes, 1, 3.5);
    }

    [Fact]
    public void Twenty_thousand_small_flushes_of_eight_partitions_leave_a_small_state()
    {
        var simulation = Run(8, 20_000);

        Assert.InRange(simulation.MostSlices, 8, 8 * 250);
        Assert.InRange(CheckpointCodec.Encode(simulation.State).Length, 1, 40_000);
    }

    [Fact]
    public void Hundreds_of_gigabytes_go_into_pages_of_pages()
    {
        var simulation = new StateSimulation(1);
        for (var i = 0; i < 50_000; i++)
        {
            simulation.Flush((0, 8 * 1024 * 1024));
            if (i % 64 == 63)
                simulation.Upkeep();
        }

        Assert.InRange(simulation.MostSlices, 1, 128);
        Assert.InRange(simulation.MostPages, 64, 64 * 3);
        Assert.Equal(0, simulation.MergedBytes);
        Assert.InRange((double)simulation.PageBytes / simulation.FlushedBytes, 0, 0.00001);
        Print(simulation, 50_000);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(100)]
    public void Shared_objects_become_single_ones_after_few_rewrites(int partitions)
    {
        var simulation = new StateSimulation(partitions);
        var perPartition = 8 * 1024 * 1024 / partitions;
        for (var i = 0; i < 1500; i++)
        {
            simulation.Flush([.. Enumerable.Range(0, partitions).Select(p => (p, perPartition))]);
            if (i % 16 == 15)
                simulation.Upkeep();
        }

        Print(simulation, 1500);
        Assert.InRange((double)simulation.MergedBytes / simulation.FlushedBytes, 0.9, 2.1);
        Assert.InRange(simulation.Slices, 0, partitions * 250);
        Assert.InRange(simulation.State.Objects.Values.Count(o => o.LiveSlices > 1), 0, 200);
    }

    [Fact]
    public void Bursts_between_trickles_do_not_keep_the_state_growing()
    {
        var simulation = new StateSimulation(3);
        var random = new Random(5);
        var most = 0;
        for (var burst = 0; burst < 600; burst++)
        {
            for (var i = random.Next(50); i > 0; i--)
                simulation.Flush((0, 500), (1, 200), (2, 100));
            simulation.Flush((0, 6 * 1024 * 1024));
            simulation.Upkeep();
            most = Math.Max(most, simulation.Slices);
        }

        Print(simulation, 600);
        Assert.InRange(most, 1, 500);
        Assert.NotEqual(0, simulation.Pages);
    }

    [Fact(Explicit = true)]
    public void One_hour_of_small_flushes()
    {
        foreach (var partitions in new[] { 1, 8 })
            Run(partitions, 720_000);
    }

    private StateSimulation Run(int partitions, int flushes)
    {
        var simulation = new StateSimulation(partitions);
        for (var i = 0; i < flushes; i++)
        {
            simulation.Flush([.. Enumerable.Range(0, partitions).Select(p => (p, 1024))]);

            // 200 flushes a second, a tick a second.
            if (i % 200 == 199)
                simulation.Upkeep();
        }

        Print(simulation, flushes);
        return simulation;
    }

    private void Print(StateSimulation simulation, int flushes) => output.WriteLine(
        $"{simulation.State.Partitions.Count} partitions, {flushes} flushes, {simulation.FlushedBytes} bytes: " +
        $"slices {simulation.Slices} (most {simulation.MostSlices}), objects {simulation.State.Objects.Count} "
        + $"(most {simulation.MostObjects}), " +
        $"pages {simulation.Pages} (most {simulation.MostPages}), stored objects {simulation.StoredObjects}, merges {simulation.Merges}, " +
        $"bytes merged per byte flushed {(double)simulation.MergedBytes / simulation.FlushedBytes:0.00}, page "
        + $"bytes {simulation.PageBytes}, " +
        $"checkpoint {CheckpointCodec.Encode(simulation.State).Length} bytes");
}
