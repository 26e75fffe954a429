namespace CloudStream.Records;

/// <summary>What <see cref="RecordStream.Read"/> has come to.</summary>
public enum RecordStreamStatus
{
    /// <summary>A record.</summary>
    Record,

    /// <summary>The proper end of the batch.</summary>
    End,

    /// <summary>The next record does not fit into what is left of the memory.</summary>
    NeedsRoom,
}
