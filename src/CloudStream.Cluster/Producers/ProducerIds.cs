using CloudStream.Cluster.Registers;
using CloudStream.Storage;
using CloudStream.Storage.Metadata;

namespace CloudStream.Cluster.Producers;

/// <summary>
/// Producer ids, handed out from blocks that this broker takes from register <c>cluster/producer-ids</c>. No id is handed out twice in a
/// cluster's life; ids of a block that a broker did not use up are skipped. Thread-safe; requests at the same time share a block.
/// </summary>
internal sealed class ProducerIds(SettledRegisters registers)
{
    /// <summary>The register's key.</summary>
    public const string Key = "cluster/producer-ids";

    /// <summary>Ids of one block.</summary>
    public const int BlockSize = 1000;

    private readonly Lock _lock = new();
    private long _next;
    private long _end;
    private Task _refill = Task.CompletedTask;

    private static ReadOnlySpan<byte> Magic => "CSPI"u8;

    /// <summary>An id that nobody else has or will have.</summary>
    /// <exception cref="StoreException">No block could be taken now.</exception>
    public async ValueTask<long> AllocateAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task refill;
            lock (_lock)
            {
                if (_next < _end)
                    return _next++;
                if (_refill.IsCompleted)
                    _refill = RefillAsync();
                refill = _refill;
            }

            await refill.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The value of the register: the first id that no block holds yet.</summary>
    public static ReadOnlyMemory<byte> Encode(long next)
    {
        var writer = RegisterFormat.Begin(Magic);
        writer.Count(next);
        return writer.Written;
    }

    public static long Decode(ReadOnlyMemory<byte> value)
    {
        var reader = RegisterFormat.Open(value, Magic, Key);
        var next = reader.Count();
        reader.End();
        return next;
    }

    // Shared by all that wait, so no single request's cancellation ends it; its attempts are bounded.
    private async Task RefillAsync()
    {
        var current = await registers.GetAsync(Key, CancellationToken.None);
        while (true)
        {
            var first = current is null ? 0 : Decode(current.Value);
            var put = await registers.PutAsync(Key, Encode(first + BlockSize), current?.Version ?? 0, CancellationToken.None);
            if (!put.Succeeded)
            {
                current = put.Current;
                continue;
            }

            lock (_lock)
                (_next, _end) = (first, first + BlockSize);
            return;
        }
    }
}
