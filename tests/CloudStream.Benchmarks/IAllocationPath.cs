namespace CloudStream.Benchmarks;

/// <summary>A way to one partition of a broker in this process, on which allocations are counted.</summary>
internal interface IAllocationPath : IAsyncDisposable
{
    /// <summary>What was allocated so far on behalf of the client, and is not the broker's.</summary>
    long ClientBytes { get; }

    /// <summary>
    /// Appends the batch <paramref name="rounds"/> times as often as <see cref="Allocations.InFlight"/> says; so many at once.
    /// </summary>
    Task ProduceAsync(int rounds);

    /// <summary>Fetches the batch at an offset, one time after the other.</summary>
    Task FetchAsync(long offset, int times);
}
