using CloudStream.Storage;

namespace CloudStream.Log.Health;

/// <summary>Says of writes that fail what kind of trouble that is, once for all who meet it. Thread-safe.</summary>
internal sealed class WriteTroubles(Troubles troubles)
{
    // A blip is not worth a line: about a tenth of a second of back-off.
    private const int PatientFailures = 4;

    /// <summary>A write has failed for good, or once more.</summary>
    /// <param name="kind">What was written.</param>
    /// <param name="key">By whom.</param>
    /// <param name="what">What fails, as the beginning of a sentence.</param>
    /// <param name="failure">Why.</param>
    /// <param name="failures">How often in a row, this one included; a failure that may pass is said only when it lasts.</param>
    public void Met(TroubleKind kind, string key, string what, StoreException failure, int failures = 1)
    {
        if (failure.Condition is { } condition)
            troubles.Met(TroubleKind.NotWritable, StoreOf(kind), $"Nothing can be written: {condition}.");
        else if (!failure.IsTransient || failures >= PatientFailures)
            troubles.Met(kind, key, $"{what} fails and is tried again: {failure.Message}.");
    }

    /// <summary>A write has succeeded.</summary>
    public void Over(TroubleKind kind, string key)
    {
        // A store that is full may still take what makes room, as checkpoints are: records are what must be taken again.
        if (kind != TroubleKind.Checkpoints)
            troubles.Over(TroubleKind.NotWritable, StoreOf(kind));
        troubles.Over(kind, key);
    }

    /// <summary>Which of the two stores is written to. What one takes says nothing of the other.</summary>
    private static string StoreOf(TroubleKind kind) => kind == TroubleKind.Commits ? MetadataStore : ObjectStore;

    /// <summary>The metadata store as a trouble's key.</summary>
    public const string MetadataStore = "registers";

    /// <summary>The object store as a trouble's key.</summary>
    public const string ObjectStore = "objects";
}
