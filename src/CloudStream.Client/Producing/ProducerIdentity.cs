using CloudStream.Client.Transport;

namespace CloudStream.Client.Producing;

/// <summary>A producer id and its epoch: what sequences are counted under.</summary>
internal sealed record ProducerIdentity(long Id, short Epoch);

/// <summary>
/// The identity that a producer's partitions share. A partition whose sequences were broken by a lost batch starts again under a new one;
/// the others move to it when they break too. Thread-safe.
/// </summary>
internal sealed class IdentitySource(BrokerApi api) : IDisposable
{
    private readonly SemaphoreSlim _asking = new(1);
    private ProducerIdentity? _current;

    /// <summary>An identity that is not <paramref name="broken"/>.</summary>
    public async Task<ProducerIdentity> GetAsync(ProducerIdentity? broken, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _current) is { } current && current != broken)
            return current;
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_current is null || _current == broken)
            {
                // An id that was given out in a lost reply is wasted, which does no harm.
                var given = await api.CreateProducerAsync(cancellationToken);
                Volatile.Write(ref _current, new ProducerIdentity(given.ProducerId, given.ProducerEpoch));
            }

            return _current!;
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();
}
