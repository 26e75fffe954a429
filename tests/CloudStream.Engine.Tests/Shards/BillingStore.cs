using CloudStream.Storage.Metadata;

namespace CloudStream.Engine.Tests.Shards;

/// <summary>What calls of a metadata store cost as DynamoDB bills them.</summary>
internal sealed class Bill
{
    private long _written;
    private long _read;

    /// <summary>Write units: 1 KiB each, of the larger of the old and the new item; a write that is refused, too.</summary>
    public long Written => Interlocked.Read(ref _written);

    /// <summary>Units of strong reads: 4 KiB each, of an item, or of all items of a range together.</summary>
    public long Read => Interlocked.Read(ref _read);

    public void Write(long bytes) => Interlocked.Add(ref _written, Units(bytes, 1024));

    public void ReadOf(long bytes) => Interlocked.Add(ref _read, Units(bytes, 4096));

    private static long Units(long bytes, long unit) => Math.Max(1, (bytes + unit - 1) / unit);
}

/// <summary>Counts what each call costs.</summary>
internal sealed class BillingStore(IMetadataStore inner, Bill bill) : IMetadataStore
{
    // Names of the attributes (key, version, write id, value), a number of eight digits, 16 bytes of write id.
    private const int Overhead = 4 + 5 + 17;

    public async ValueTask<Register?> GetAsync(string key, CancellationToken cancellationToken)
    {
        var found = await inner.GetAsync(key, cancellationToken);
        bill.ReadOf(SizeOf(found));
        return found;
    }

    public async ValueTask<RegisterVersion> GetVersionAsync(string key, CancellationToken cancellationToken)
    {
        bill.ReadOf(SizeOf(await inner.GetAsync(key, cancellationToken)));
        return await inner.GetVersionAsync(key, cancellationToken);
    }

    public async ValueTask<Register?[]> GetRangeAsync(string family, int first, int count, CancellationToken cancellationToken)
    {
        var found = await inner.GetRangeAsync(family, first, count, cancellationToken);
        bill.ReadOf(found.Sum(SizeOf));
        return found;
    }

    public async ValueTask<PutResult> PutAsync(
        string key, ReadOnlyMemory<byte> value, long expectedVersion, WriteId writeId, CancellationToken cancellationToken)
    {
        var before = SizeOf(await inner.GetAsync(key, cancellationToken));
        bill.Write(Math.Max(before, key.Length + value.Length + Overhead));
        return await inner.PutAsync(key, value, expectedVersion, writeId, cancellationToken);
    }

    public ValueTask<PutResult> DeleteAsync(string key, long expectedVersion, CancellationToken cancellationToken) =>
        inner.DeleteAsync(key, expectedVersion, cancellationToken);

    public IAsyncEnumerable<Register> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    private static long SizeOf(Register? register) => register is null ? 0 : register.Key.Length + register.Value.Length + Overhead;
}
