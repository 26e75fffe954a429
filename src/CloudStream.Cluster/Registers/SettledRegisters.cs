using CloudStream.Log.Runtime;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Registers;

/// <summary>
/// The metadata store with what every caller outside a shard wants around it: lost replies settled by reading back, transient failures
/// (throttling among them) repeated a bounded number of times with jittered back-off and counted. Thread-safe.
/// </summary>
internal sealed class SettledRegisters(IMetadataStore store, BrokerRuntime runtime, LogMetrics metrics)
{
    /// <summary>Attempts of one call, about two seconds in all.</summary>
    public const int MaxAttempts = 8;

    /// <summary>A strong read.</summary>
    public ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken) =>
        RetryAsync(() => store.GetAsync(key, cancellationToken), cancellationToken);

    /// <summary>A whole family, each register read strongly.</summary>
    public ValueTask<List<Register>> ListAsync(string prefix, CancellationToken cancellationToken) =>
        RetryAsync(() => store.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken), cancellationToken);

    /// <summary>A conditional write. Repeated attempts are one and the same write, so none of them conflicts with another.</summary>
    public ValueTask<PutResult> PutAsync(string key, ReadOnlyMemory<byte> value, long expectedVersion, CancellationToken cancellationToken)
    {
        var id = runtime.Random.NextWriteId();
        return RetryAsync(() => store.PutSettledAsync(key, value, expectedVersion, id, cancellationToken), cancellationToken);
    }

    /// <summary>How far a key's history has come, strongly.</summary>
    public ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken) =>
        RetryAsync(() => store.GetVersionAsync(key, cancellationToken), cancellationToken);

    /// <summary>
    /// A conditional write for a register that does not exist and may come and go. It names the moment of the key's history that it found
    /// empty, so an attempt whose reply was lost cannot arrive after the register has been created and deleted again.
    /// </summary>
    public async ValueTask<PutResult> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await GetVersionAsync(key, cancellationToken) is { Exists: false } absent)
                return await PutAsync(key, value, absent.Version, cancellationToken);
            if (await GetAsync(key, cancellationToken) is { } present)
                return PutResult.Conflict(present);
        }
    }

    /// <summary>A conditional delete. Null: the register is gone, by this call or another's; otherwise what stands there now.</summary>
    public ValueTask<Register?> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        RetryAsync(
            async () => (await store.DeleteAsync(key, expectedVersion, cancellationToken)) is { Succeeded: false, Current: { } current }
                ? current
                : null,
            cancellationToken);

    private async ValueTask<T> RetryAsync<T>(Func<ValueTask<T>> call, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(runtime);
        StoreException? ambiguous = null;
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StoreException e) when (e.IsTransient && backoff.Failures < MaxAttempts - 1)
            {
                ambiguous = e.Kind == StoreErrorKind.Ambiguous ? e : ambiguous;
                metrics.StoreRetries.Add(1);
                await backoff.WaitAsync(cancellationToken);
            }
            catch (StoreException e) when (e.IsTransient && ambiguous is not null)
            {
                // That the last attempt did nothing does not say that no earlier one did.
                throw new StoreException(StoreErrorKind.Ambiguous, ambiguous.Message, e);
            }
        }
    }
}
