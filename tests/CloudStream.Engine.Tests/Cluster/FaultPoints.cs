using System.Runtime.CompilerServices;
using CloudStream.Cluster.Registers;
using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Memory;
using CloudStream.Storage.Metadata;
using Microsoft.Extensions.Logging.Abstractions;

namespace CloudStream.Engine.Tests.Cluster;

/// <summary>What a test makes of one call to a store: nothing, or a failure before or after it took effect.</summary>
internal enum Fault
{
    None,
    Throttled,
    LostRequest,
    LostReply,
    CrashBefore,
    CrashAfter,
}

/// <summary>
/// One process's way to shared registers: every call passes a point at which a test may fail it, delay it, or end the process.
/// </summary>
internal sealed class FaultPoints(MemoryMetadataStore shared) : IMetadataStore
{
    private bool _crashed;

    /// <summary>Decides each call's fate from its number, counted from 0.</summary>
    public Func<int, Fault> Plan { get; set; } = _ => Fault.None;

    /// <summary>Awaited before each call: the place where a test orders what happens.</summary>
    public Func<Task> Turn { get; set; } = () => Task.CompletedTask;

    /// <summary>Calls so far.</summary>
    public int Calls { get; private set; }

    public static BrokerRuntime Runtime(TimeProvider time, int seed = 1) =>
        new(time, new RandomSource(seed), NullLoggerFactory.Instance, new System.Diagnostics.Metrics.Meter("test"));

    public SettledRegisters Settled(BrokerRuntime runtime) => new(this, runtime, new LogMetrics(runtime.Meter));

    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        PassAsync(() => shared.GetAsync(key, cancellationToken));

    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        PassAsync(() => shared.GetVersionAsync(key, cancellationToken));

    public ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken) =>
        PassAsync(() => shared.GetRangeAsync(family, first, count, cancellationToken));

    public ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken) =>
            PassAsync(() => shared.PutAsync(key, value, expectedVersion, writeId, cancellationToken));

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        PassAsync(() => shared.DeleteAsync(key, expectedVersion, cancellationToken));

    public async IAsyncEnumerable<Register> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await PassAsync(() => shared.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken));
        foreach (var register in all)
            yield return register;
    }

    /// <summary>Passes any call of this process through the same points.</summary>
    public async ValueTask<T> PassAsync<T>(Func<ValueTask<T>> call)
    {
        await Turn();
        var fault = _crashed ? Fault.CrashBefore : Plan(Calls++);
        _crashed = fault is Fault.CrashBefore or Fault.CrashAfter;
        switch (fault)
        {
            case Fault.Throttled:
                throw new StoreException(StoreErrorKind.Throttled, "slow down");
            case Fault.LostRequest:
                throw new StoreException(StoreErrorKind.Ambiguous, "lost before it took effect");
            case Fault.CrashBefore:
                throw new StoreException(StoreErrorKind.Refused, "the process is gone");
        }

        var result = await call();
        return fault switch
        {
            Fault.LostReply => throw new StoreException(StoreErrorKind.Ambiguous, "lost after it took effect"),
            Fault.CrashAfter => throw new StoreException(StoreErrorKind.Refused, "the process is gone"),
            _ => result,
        };
    }
}
