namespace CloudStream.Engine.Tests.Fetch;

public sealed class FetchAllocationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_fetch_from_memory_allocates_the_same_for_ten_thousand_records_as_for_ten(bool inTail) => Pump.Run(async () =>
    {
        var one = await MeasureAsync(inTail, recordsPerBatch: 1);
        var many = await MeasureAsync(inTail, recordsPerBatch: 1000);

        // A debug build allocates every async method's state besides.
        Assert.Equal(one, many);
        Assert.InRange(one, 1, 3000);
    });

    private static async Task<long> MeasureAsync(bool inTail, int recordsPerBatch)
    {
        await using var world = new FetchWorld();
        await world.FlushAsync([.. Enumerable.Range(0, 10).Select(_ => FetchWorld.Batch(recordsPerBatch))], inTail);
        for (var i = 0; i < 100; i++)
            (await world.FetchAsync(0, sequential: true)).Dispose();

        const int Fetches = 100;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Fetches; i++)
            (await world.FetchAsync(0, sequential: true)).Dispose();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Fetches;
    }
}
