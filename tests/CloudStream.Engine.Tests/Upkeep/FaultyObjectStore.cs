using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Objects;

namespace CloudStream.Engine.Tests.Upkeep;

/// <summary>The process dies here: nothing in it may catch this.</summary>
internal sealed class CrashException() : Exception("the process died");

/// <summary>What happens at the chosen call.</summary>
internal enum Fault
{
    RefusedBefore,
    LostReplyAfter,
    CrashBefore,
    CrashAfter,
}

/// <summary>Decides at which store call or commit the fault strikes; every call of the tested code counts.</summary>
internal sealed class FaultPlan
{
    public int StrikeAt { get; set; } = -1;

    public Fault Fault { get; set; }

    public int Calls { get; private set; }

    public bool HasStruck => StrikeAt >= 0 && Calls > StrikeAt;

    public void Begin(int strikeAt, Fault fault) => (StrikeAt, Fault, Calls) = (strikeAt, fault, 0);

    public void End() => StrikeAt = -1;

    /// <summary>Counts a call; true when it must fail after its effect.</summary>
    public bool Enter()
    {
        if (Calls++ != StrikeAt)
            return false;
        switch (Fault)
        {
            case Fault.RefusedBefore: throw new StoreException(StoreErrorKind.Unavailable, "refused");
            case Fault.CrashBefore: throw new CrashException();
            default: return true;
        }
    }

    public void Leave()
    {
        if (Fault == Fault.CrashAfter)
            throw new CrashException();
        throw new StoreException(StoreErrorKind.Ambiguous, "lost reply");
    }
}

/// <summary>A memory store whose calls can fail before or after their effect, and that lets a test step in before each put.</summary>
internal sealed class FaultyObjectStore(FaultPlan faults) : IObjectStore
{
    public MemoryObjectStore Inner { get; } = new();

    public Action<string>? BeforePut { get; set; }

    public long BytesRead { get; private set; }

    public int LargestRead { get; private set; }

    public async ValueTask PutAsync(string name, IReadOnlyList<ReadOnlyMemory<byte>> content, CancellationToken cancellationToken)
    {
        var fails = faults.Enter();
        BeforePut?.Invoke(name);
        await Inner.PutAsync(name, content, cancellationToken);
        if (fails)
            faults.Leave();
    }

    public async ValueTask<int> GetRangeAsync(string name, long position, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (faults.Enter())
            faults.Leave();
        BytesRead += destination.Length;
        LargestRead = Math.Max(LargestRead, destination.Length);
        return await Inner.GetRangeAsync(name, position, destination, cancellationToken);
    }

    public async ValueTask<long> GetSizeAsync(string name, CancellationToken cancellationToken)
    {
        if (faults.Enter())
            faults.Leave();
        return await Inner.GetSizeAsync(name, cancellationToken);
    }

    public IAsyncEnumerable<ObjectInfo> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        if (faults.Enter())
            faults.Leave();
        return Inner.ListAsync(prefix, cancellationToken);
    }

    public async ValueTask DeleteAsync(IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var fails = faults.Enter();

        // A batch may fail half done.
        await Inner.DeleteAsync(fails ? [.. names.Take((names.Count + 1) / 2)] : names, cancellationToken);
        if (fails)
            faults.Leave();
    }
}
