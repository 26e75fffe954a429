using CloudStream.Storage.Local.Writing;
using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Local.Registers;

/// <summary>
/// A put or a delete (no value) waiting for the register writer, which reads the caller's memory: the caller waits as long as it does.
/// </summary>
internal sealed class RegisterWrite(string key, ReadOnlyMemory<byte>? value, long expectedVersion, WriteId writeId) : QueuedWrite<PutResult>
{
    private PutResult _outcome;

    /// <summary>Compares and swaps inside the open transaction. The outcome counts only once the transaction has been committed.</summary>
    public void Apply(RegisterDatabase database)
    {
        // The present value is read only where the caller is to see it: it may have hundreds of KiB.
        var now = database.GetVersion(key);
        if (now.Version != expectedVersion || (!now.Exists && value is null))
        {
            _outcome = database.Get(key, out var version) is { } current ? PutResult.Conflict(current) : PutResult.Absent(version);
            return;
        }

        database.Set(key, now.Version + 1, writeId, value);
        _outcome = PutResult.Done(now.Version + 1);
    }

    /// <summary>Tells the caller what <see cref="Apply"/> found.</summary>
    public void Settle() => Complete(_outcome);
}
