using CloudStream.Log.Memory;

namespace CloudStream.Http.Requests;

/// <summary>What request bodies in progress hold, out of the broker's budget for what is received. Thread-safe.</summary>
/// <param name="budget">The broker's.</param>
/// <param name="stall">In this time at least <see cref="BodyProgress.Bytes"/> of a body have to come that holds memory.</param>
/// <param name="time">Tells when that is over.</param>
internal sealed class RequestMemory(TransferBudget budget, TimeSpan stall, TimeProvider time)
{
    /// <summary>Signalled when the application stops: bodies that are not all here by then are given up.</summary>
    public CancellationToken Stopping { get; init; }

    /// <summary>A place for what one request holds; nothing is taken yet.</summary>
    public TransferLease Open() => budget.Open();

    /// <summary>Watches over a body that comes from now on.</summary>
    /// <param name="ends">Ends the reading for other reasons.</param>
    public BodyProgress Watch(CancellationToken ends) => new(stall, time, ends);
}
