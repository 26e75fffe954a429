using CloudStream.Storage.Metadata;

namespace CloudStream.Storage.Local;

/// <summary>A put or a delete (no value) waiting for the register writer. Owns its copy of the value.</summary>
internal sealed class RegisterWrite(string key, byte[]? value, long expectedVersion, WriteId writeId) : QueuedWrite<PutResult>
{
    private PutResult _outcome;

    /// <summary>Compares and swaps inside the open transaction. The outcome counts only once the transaction has been committed.</summary>
    public void Apply(RegisterDatabase database)
    {
        var current = database.Get(key, out var version);
        if (version != expectedVersion || (current is null && value is null))
        {
            _outcome = current is null ? PutResult.Absent(version) : PutResult.Conflict(current);
            return;
        }

        database.Set(key, version + 1, writeId, value);
        _outcome = PutResult.Done(version + 1);
    }

    /// <summary>Tells the caller what <see cref="Apply"/> found.</summary>
    public void Settle() => Complete(_outcome);
}
